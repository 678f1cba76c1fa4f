"""How the state of consent moves: a ticked box, and in some countries the confirmation that it was the owner of the address who ticked it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.domain.identity import email_key
from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.moments import from_iso

GRANTED, PENDING, WITHDRAWN = "granted", "pending", "withdrawn"
EMAIL = "email"
# Who did not answer is asked again when they tick the box again, but not within this time: a stranger must not fill somebody's mailbox.
ASK_AGAIN_AFTER = timedelta(days=30)

Consent = dict[str, dict[str, str]]


def with_ticked(
    consent: Consent, given: Mapping[str, Mapping[str, str]], *, at: str, form: str, to_confirm: bool
) -> Consent:
    """`consent` after the boxes of a form were ticked; the newest word per channel counts.

    With `to_confirm` the e-mail box makes the consent pending, unless the address was confirmed before: then it stands as it is, because nobody
    knows that it was its owner who ticked again.
    """
    merged = dict(consent)
    for channel, box in given.items():
        before = merged.get(channel, {})
        # A yes from elsewhere, that a file tells of, is as old as it says: it overrules no later no. Who brings the file vouches for it.
        told_of = box.get("given_at", "")
        since = told_of or at
        if since < before.get("at", ""):
            continue
        said = {"at": since, "form": form, "purpose": box["purpose"], "version": box["version"]}
        if channel != EMAIL or not to_confirm or told_of:
            merged[channel] = {"state": GRANTED, **said}
        elif before.get("state") != GRANTED:
            merged[channel] = {"state": PENDING, **said, **_round(before, since)}
    return merged


def _round(before: Mapping[str, str], at: str) -> dict[str, str]:
    """Which asking this is: `since` when it is pending, `after` which no."""
    if before.get("state") == PENDING:
        return {key: before[key] for key in ("since", "after") if key in before}
    return {"since": at} | ({"after": before["at"]} if before.get("state") == WITHDRAWN else {})


def is_pending(lead: Lead) -> bool:
    """Whether the person's e-mail box waits for its confirmation."""
    return lead.consent.get(EMAIL, {}).get("state") == PENDING


def question_id(lead: Lead, at: datetime) -> str:
    """The id of the mail that asks for confirmation of a box ticked at `at`: the same for all that are ticked within `ASK_AGAIN_AFTER`."""
    pending = lead.consent[EMAIL]
    waited = max(at - from_iso(pending.get("since", pending["at"])), timedelta())
    return stable_id(
        "double_opt_in", lead.lead_id, email_key(lead.email), pending.get("after", ""), str(waited // ASK_AGAIN_AFTER)
    )
