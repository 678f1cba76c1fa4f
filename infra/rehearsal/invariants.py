"""What must hold after every rehearsal, whatever was played."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.rehearsal.acts import Acts
from infra.rehearsal.world import World

Result = dict[str, Any]
Timelines = Mapping[str, list[Result]]
_OPEN = ("open", "reminded", "escalated", "accepted")
_MARKETING = "marketing"


def check(world: World, acts: Acts, result: Result, timelines: Timelines) -> dict[str, bool]:
    """Name → whether it holds."""
    return {
        "no_message_sent_twice": _no_message_sent_twice(world),
        "every_submission_has_one_person": _every_submission_has_one_person(result, timelines),
        "one_open_handoff_per_mql": _one_open_handoff_per_mql(acts, result),
        "every_mail_has_a_receipt": _every_mail_has_a_receipt(world, result),
        "none_mailed_after_no": _none_mailed_after_no(result, timelines),
        "queues_empty": all(world.waiting(q.queue.logical_id) == 0 for q in world.queues),
        "failed_queue_empty": all(world.waiting(name) == 0 for name in world.template.failure_queues),
        "rights_suffice": not world.rights.refused,
    }


def _no_message_sent_twice(world: World) -> bool:
    """Every mail that SES accepted carries a message id, and no id came twice."""
    ids = Counter(m.tags.get("message_id") for m in world.mails)
    return None not in ids and all(count == 1 for count in ids.values())


def _every_submission_has_one_person(result: Result, timelines: Timelines) -> bool:
    """Each accepted submission stands on exactly one timeline, once."""
    leads = {person["lead_id"]: name for name, person in result["people"].items()}  # two names may be one person
    found = Counter(
        item["detail"].get("submission_id")
        for name in leads.values()
        for item in timelines[name]
        if item["type"] == "form_submitted"
    )
    return found.total() == result["intake"]["accepted"] and all(count == 1 for count in found.values())


def _one_open_handoff_per_mql(acts: Acts, result: Result) -> bool:
    """Who is with sales has exactly one open hand-off, and nobody has two."""
    owed: Counter[str] = Counter(h["lead_id"] for h in acts.listed("/api/handoffs") if h["status"] in _OPEN)
    waiting = {p["lead_id"] for p in result["people"].values() if p["stage"] == "mql"}
    handed = {h["person"] for h in result["handoffs"]}
    settled = {p["lead_id"] for name, p in result["people"].items() if name in handed}
    return all(count == 1 for count in owed.values()) and waiting <= settled


def _every_mail_has_a_receipt(world: World, result: Result) -> bool:
    """What SES accepted and what the receipts call sent are the same number of mails."""
    gone = ("sent", "delivered", "bounced", "complained", "unknown")
    return len(world.mails) == sum(m["status"] in gone for m in result["messages"])


def _none_mailed_after_no(result: Result, timelines: Timelines) -> bool:
    """No marketing mail to an address after its person unsubscribed, complained or after it bounced for good."""
    said_no: dict[str, datetime] = {}
    for name, items in timelines.items():
        for item in items:
            if item["type"] in ("unsubscribed", "email_complained", "email_bounced") and _for_good(item):
                at = datetime.fromisoformat(item["at"])
                said_no[name] = min(said_no.get(name, at), at)
    mailed = defaultdict(list)
    for message in result["messages"]:
        if message["class"] == _MARKETING and message["status"] in ("sent", "delivered"):
            mailed[message["person"]].append(datetime.fromisoformat(message["at"]))
    return all(at <= said_no[name] for name, moments in mailed.items() if name in said_no for at in moments)


def _for_good(item: Result) -> bool:
    return item["type"] != "email_bounced" or bool(item["detail"].get("permanent"))
