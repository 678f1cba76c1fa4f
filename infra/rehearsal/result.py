"""What came of a rehearsal, as `result.json`: read through the admin API, like a person at the console would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from infra.rehearsal.acts import Acts
from infra.rehearsal.world import World

Result = dict[str, Any]


def measure(world: World) -> Result:
    """Units and calls so far; taken before anything is gathered, because gathering calls functions too."""
    sqs = world.sqs_sends + sum(q.requests for q in world.queues)
    return {
        "units": {"read": round(world.meter.units.read, 1), "write": round(world.meter.units.write, 1)},
        "calls": {"ses": world.ses_calls, "sqs": sqs, "lambda": world.deliveries.count.total()},
    }


def gather(world: World, acts: Acts, measured: Result) -> Result:
    """People, messages, hand-offs and intake, with what was measured. Invariants and warnings are added by the caller."""
    people = {name: _person(acts, name) for name in acts.people}
    by_lead = {p["lead_id"]: name for name, p in people.items() if p["lead_id"]}
    return {
        "people": people,
        "messages": sorted(_messages(world, acts, people), key=lambda m: m["at"] or ""),
        "handoffs": _handoffs(acts, by_lead),
        "intake": _intake(acts),
        **measured,
    }


def timelines(acts: Acts, people: Mapping[str, Result]) -> dict[str, list[Result]]:
    """{person: what the console shows on the timeline, newest first}; empty for whom Ripen does not know."""
    return {
        name: acts.listed(f"/api/leads/{person['lead_id']}/timeline") if person["lead_id"] else []
        for name, person in people.items()
    }


def _person(acts: Acts, name: str) -> Result:
    lead_id = acts.lead_of(acts.people[name])
    lead = acts.got(f"/api/leads/{lead_id}") if lead_id else {}
    return {"lead_id": lead_id} | {key: lead.get(key) for key in ("score", "grade", "stage", "owner")}


def _messages(world: World, acts: Acts, people: Mapping[str, Result]) -> Iterator[Result]:
    """Each receipt of each person; what a receipt does not say is taken from the mail that carries its tag."""
    mails = {mail.tags.get("message_id"): mail for mail in world.mails}
    seen: set[str] = set()
    for name, person in people.items():
        if not person["lead_id"] or person["lead_id"] in seen:
            continue
        seen.add(person["lead_id"])
        for receipt in acts.listed(f"/api/leads/{person['lead_id']}/messages"):
            mail = mails.get(receipt["message_id"])
            tags = mail.tags if mail else {}
            yield {
                "person": name,
                "to": receipt.get("to") or (mail.to if mail else None),
                "class": receipt.get("class") or tags.get("class"),
                "subject": mail.subject if mail else receipt.get("subject"),
                "template": receipt.get("template"),
                "journey": receipt.get("journey") or tags.get("journey"),
                "step": receipt.get("step") or tags.get("step"),
                "channel": receipt.get("channel"),
                "at": receipt.get("at"),
                "status": receipt.get("status"),
                "reasons": receipt.get("reasons") or [],
            }


def _handoffs(acts: Acts, by_lead: Mapping[str, str]) -> list[Result]:
    kept = ("owner", "manager", "reminded_at", "escalated_at", "followed_up_at", "status")
    found = sorted(acts.listed("/api/handoffs"), key=lambda h: h["created_at"])
    return [
        {"person": by_lead.get(h["lead_id"]), "at": h["created_at"]} | {key: h.get(key) or None for key in kept}
        for h in found
    ]


def _intake(acts: Acts) -> Result:
    """Received: posts that were answered with a submission id, each id once. Accepted: those that are not held back."""
    received = {
        answer.json()["submission_id"]
        for person in acts.people.values()
        for answer in person.posts
        if answer.status == 202
    }
    held = [item for item in acts.listed("/api/quarantine") if item["submission_id"] in received]
    codes: Counter[str] = Counter()
    for item in held:
        codes.update(item.get("reasons") or [item.get("reason") or "unknown"])
    return {
        "received": len(received),
        "accepted": len(received) - len(held),
        "quarantined": dict(sorted(codes.items())),
    }
