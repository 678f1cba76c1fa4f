"""Text messages, WeChat and app push."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from infra.rehearsal.books import Row, moment
from infra.rehearsal.invariants.case import Case
from infra.rehearsal.phones import Told
from shared.domain.message import CLAIMED
from shared.domain.reach import own_key


def no_note_sent_twice(case: Case) -> Iterator[str]:
    """No order became two messages of one channel."""
    for (channel, message_id), count in Counter((e.channel, e.message_id) for e in case.world.phones.told).items():
        if count > 1:
            yield f"{count} messages {message_id} by {channel}"


def each_send_has_its_claim(case: Case) -> Iterator[str]:
    """Before each message that a provider took, mail included, its receipt was claimed, and one claim sends one message at most."""
    claims: dict[str, list[datetime]] = defaultdict(list)
    attempts: set[tuple[str, str]] = set()
    for entry in case.ledger.of("messages"):
        message_id, by = entry.row["message_id"], entry.row.get("claimed_by", "")
        if entry.row["status"] == CLAIMED and (message_id, by) not in attempts:
            attempts.add((message_id, by))
            claims[message_id].append(entry.at)
    sent: dict[str, list[datetime]] = defaultdict(list)
    for told in case.world.phones.told:
        sent[told.message_id].append(told.at)
    for mail in case.world.mails:
        sent[mail.tags.get("message_id", "")].append(mail.at)
    for message_id, moments in sent.items():
        for number, at in enumerate(sorted(moments), start=1):
            if sum(claimed <= at for claimed in claims[message_id]) < number:
                yield f"{message_id} left for the {number}. time at {at.isoformat()} without a claim of its own"


def none_written_to_after_no(case: Case) -> Iterator[str]:
    """No marketing to an address that had said no on its channel and not yes again since, and none without evidence of a yes to that channel."""
    orders = {row["message_id"]: row for row in case.books["messages"]}
    for told in case.world.phones.told:
        order = orders.get(told.message_id)
        if order is None or order["class"] != "marketing":
            continue
        yeses = _yeses(case, told, order)
        if not yeses:
            yield f"no evidence of consent for the {told.channel} message to {told.to}"
        for objection in case.objections.standing(own_key(told.channel, told.to), told.at):
            taken_back = objection.said_at and any(yes > objection.said_at for yes in yeses)
            if objection.list != "whitelist" and not (objection.list == "unsubscribed" and taken_back):
                yield f"{told.to} was written to at {told.at.isoformat()} and stood on {objection.list}"


def _yeses(case: Case, told: Told, order: Row) -> list[datetime]:
    timeline = case.books.timelines.get(case.books.now(order["lead_id"]), [])
    given = [row for row in timeline if told.channel in (row.get("detail") or {}).get("consents", {})]
    return [at for row in given if (at := moment(row["at"])) <= told.at]
