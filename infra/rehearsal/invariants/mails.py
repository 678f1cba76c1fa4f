"""Mails, receipts and consent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from infra.rehearsal.books import Row, moment
from infra.rehearsal.invariants.case import LEFT, Case
from infra.rehearsal.mails import Mail
from shared.domain.consent_policy import wants_confirmation
from shared.domain.identity import suppression_keys
from shared.domain.message import PUSH, UNKNOWN, WECHAT
from shared.domain.reach import ADDRESS_FIELDS, own_key
from shared.runtime import content
from shared.usecases.ask_for_confirmation import TEMPLATE as QUESTION

_FORGIVABLE: Final = ("unsubscribed", "whitelist")


def no_message_sent_twice(case: Case) -> Iterator[str]:
    """Every mail that SES accepted carries a message id, and no id came twice, under whatever address or person."""
    counts = Counter(mail.tags.get("message_id") for mail in case.world.mails)
    for message_id, count in counts.items():
        if count > 1 or not message_id:
            sent = {(mail.to, mail.subject) for mail in case.world.mails if mail.tags.get("message_id") == message_id}
            yield f"{count} mails {message_id}: {sorted(sent)}"


def every_mail_has_a_receipt(case: Case) -> Iterator[str]:
    """What providers accepted and what the receipts say left are the same messages. Only `unknown` may have left or not."""
    receipts = {row["message_id"]: row for row in case.books["messages"]}
    left = {mail.tags.get("message_id") for mail in case.world.mails}
    left |= {told.message_id for told in case.world.phones.told}
    for message_id in left:
        status = receipts[message_id]["status"] if message_id in receipts else "missing"
        # WeChat and app push report nothing: what died around the call stays unknown.
        unreported = status == UNKNOWN and receipts[message_id]["channel"] in (WECHAT, PUSH)
        if status not in LEFT and not unreported:
            yield f"mail {message_id} left; its receipt is {status}"
    for message_id, row in receipts.items():
        if row["status"] in LEFT and message_id not in left:
            yield f"receipt {message_id} ({row['template']}) is {row['status']}; no such mail left"


def none_mailed_after_no(case: Case) -> Iterator[str]:
    """No marketing mail was given to SES for somebody who had said no at that moment and not yes again since."""
    for mail in _marketing(case):
        for key in suppression_keys(mail.to):
            for objection in case.objections.standing(key, mail.at):
                if objection.list in _FORGIVABLE and _said_yes(case, mail, objection.said_at):
                    continue
                if objection.list != "whitelist":
                    yield f"{mail.to} was mailed at {mail.at.isoformat()} and stood on {objection.list}"
    for person in case.acts.people.values():
        for at in person.said_no:
            rows = [o for key in suppression_keys(person.email) for o in case.objections.seen if o.address == key]
            if not any(o.at <= at for o in rows):
                yield f"{person.name} was told at {at.isoformat()} that no mail will come, and nothing was written"


def whoever_is_unreachable_is_suppressed(case: Case) -> Iterator[str]:
    """Each permanent bounce and each complaint stands where the gate looks."""
    seen = {(objection.address, objection.list) for objection in case.objections.seen}
    for address, name in dict.fromkeys(case.world.post_office.unwanted):
        if not any((key, name) in seen for key in suppression_keys(address)):
            yield f"{address} {name} and may still be mailed"


def consent_behind_each_marketing_mail(case: Case) -> Iterator[str]:
    """For each marketing mail the timeline holds the evidence of a yes from before."""
    for mail in _marketing(case):
        if not _said_yes(case, mail, None):
            yield f"no evidence of consent for the mail to {mail.to} at {mail.at.isoformat()}"


def consent_chain_unbroken(case: Case) -> Iterator[str]:
    """What each lead carries as its last word is proved by its timeline at that moment; a no also stands where the gate looks."""
    for lead_id, lead in case.books.leads.items():
        word = lead.get("consent", {}).get("email")
        if not word:
            continue
        said = [row for row in case.books.timelines[lead_id] if row["at"] == word["at"]]
        if word["state"] == "granted" and not any(
            "email" in (row.get("detail") or {}).get("consents", {}) for row in said
        ):
            yield f"{lead_id} said yes at {word['at']}, and its timeline knows nothing of it"
        if word["state"] == "withdrawn" and not any(row["type"] == "unsubscribed" for row in said):
            yield f"{lead_id} said no at {word['at']}, and its timeline knows nothing of it"
    for row in case.books["suppressions"]:
        if row["list"] == "unsubscribed" and row["by"] == "self" and not _told_no(case, row):
            yield f"{row['address']} stands on {row['list']} since {row['at']}, and no timeline knows why"


def _told_no(case: Case, row: Row) -> bool:
    return any(
        told["type"] in ("unsubscribed", "channel_stopped") and told["at"] == row["at"]
        for lines in case.books.timelines.values()
        # Any address that the person ever gave: of two who were merged only one still stands in the profile.
        if any(row["address"] in _addresses((line.get("detail") or {}).get("profile", {})) for line in lines)
        for told in lines
    )


def _addresses(profile: Mapping[str, str]) -> set[str]:
    """The keys under which a no of this person would stand."""
    return {own_key(channel, profile[name]) for channel, name in ADDRESS_FIELDS.items() if profile.get(name)}


def confirmed_where_a_tick_is_not_enough(case: Case) -> Iterator[str]:
    """Where a country wants double opt-in, no marketing mail left before a button was pressed, and every pending yes was asked about, once."""
    policy = content.policies()["consent"]
    asked = Counter(row["lead_id"] for row in case.books["messages"] if row["template"] == QUESTION)
    for mail in _marketing(case):
        before = [row for row in _timeline(case, mail) if moment(row["at"]) <= mail.at]
        pressed = any(row["type"] == "consent_given" for row in before)
        enough = any(_is_enough(row, policy) for row in before)
        if not (pressed or enough):
            yield f"{mail.to} was mailed at {mail.at.isoformat()} on a tick that nobody confirmed"
    for lead_id, items in case.books.timelines.items():
        rounds = 1 + sum(row["type"] == "unsubscribed" for row in items)
        months = 1 + int(case.scenario.days // 30)
        if asked[lead_id] > rounds * months:
            yield f"{lead_id} was asked {asked[lead_id]} times to confirm"
        settled = any(_ticked(row) and moment(row["at"]) < case.scenario.end - case.late for row in items)
        if settled and _state(case, lead_id) == "pending" and not asked[lead_id]:
            yield f"{lead_id} ticked the box and was not asked to confirm"


def _is_enough(row: Row, policy: Mapping[str, Any]) -> bool:
    """A tick where the country wants no more, or a yes from elsewhere that somebody vouched for."""
    box = (row.get("detail") or {}).get("consents", {}).get("email", {})
    return "given_at" in box or (_ticked(row) and not wants_confirmation(policy, row["detail"]["profile"]))


def _ticked(row: Row) -> bool:
    return row["type"] == "form_submitted" and "email" in (row.get("detail") or {}).get("consents", {})


def _state(case: Case, lead_id: str) -> str:
    consent = case.books.leads.get(lead_id, {}).get("consent") or {}
    return str(consent.get("email", {}).get("state", ""))


def _timeline(case: Case, mail: Mail) -> list[Row]:
    return case.books.timelines.get(case.books.now(mail.tags.get("lead_id", "")), [])


def _marketing(case: Case) -> Iterator[Mail]:
    return (mail for mail in case.world.mails if mail.tags.get("class") == "marketing")


def _said_yes(case: Case, mail: Mail, since: datetime | None) -> bool:
    return any(
        "email" in (row.get("detail") or {}).get("consents", {})
        and not row["detail"].get("to_confirm")
        and (since is None or moment(row["at"]) > since)
        and moment(row["at"]) <= mail.at
        for row in _timeline(case, mail)
    )
