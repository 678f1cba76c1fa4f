"""Hand-offs to sales."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist

from shared.domain.handoff import Handoff
from shared.domain.moments import from_iso, to_iso
from shared.domain.traffic import TooMuchTraffic
from shared.store import listing
from shared.store.conditional import saved, updated
from shared.store.rows.handoffs import HandoffItem

_ATTEMPTS = 8


def _moment(text: str | None) -> datetime | None:
    return from_iso(text) if text else None


def _to_handoff(item: HandoffItem) -> Handoff:
    return Handoff(
        handoff_id=item.handoff_id,
        lead_id=item.lead_id,
        owner=item.owner,
        manager=item.manager,
        reason=item.reason,
        status=item.status,
        created_at=from_iso(item.created_at),
        due_at=from_iso(item.due_at),
        brief=item.brief or {},
        reminded_at=_moment(item.reminded_at),
        escalated_at=_moment(item.escalated_at),
        accepted_at=_moment(item.accepted_at),
        followed_up_at=_moment(item.followed_up_at),
        closed_at=_moment(item.closed_at),
        outcome=item.outcome or {},
        notes=item.notes or [],
    )


class Handoffs:
    """Reads and conditional writes of hand-offs."""

    def open(self, handoff: Handoff) -> bool:
        """Writes a new hand-off; False when this cause opened it already."""
        item = HandoffItem(
            handoff.handoff_id,
            lead_id=handoff.lead_id,
            owner=handoff.owner,
            manager=handoff.manager,
            reason=handoff.reason,
            status=handoff.status,
            created_at=to_iso(handoff.created_at),
            due_at=to_iso(handoff.due_at),
            brief=handoff.brief,
        )
        return saved(item, HandoffItem.handoff_id.does_not_exist())

    def get(self, handoff_id: str) -> Handoff | None:
        """One hand-off."""
        try:
            return _to_handoff(HandoffItem.get(handoff_id, consistent_read=True))
        except DoesNotExist:
            return None

    def get_many(self, handoff_ids: Sequence[str]) -> list[Handoff]:
        """Those of these hand-offs that exist."""
        return [_to_handoff(item) for item in HandoffItem.batch_get(list(dict.fromkeys(handoff_ids)))]

    def mark(
        self,
        handoff_id: str,
        status: str,
        at: datetime,
        *,
        stamp: str,
        expected: Sequence[str],
        note: dict[str, str] | None = None,
        outcome: dict[str, Any] | None = None,
    ) -> bool:
        """Moves a hand-off from one of the `expected` statuses to `status` and writes `at` under `stamp` (``reminded_at``, ``escalated_at``, ``accepted_at``,
        ``followed_up_at``, ``closed_at``) unless it stands there already. False when it is elsewhere.

        A hand-off that this moment has moved there already counts as moved: the SDK repeats a write whose answer was lost.
        """
        field = getattr(HandoffItem, stamp)
        moved = (HandoffItem.status == status) & (field == to_iso(at))
        actions = [HandoffItem.status.set(status), field.set(field | to_iso(at))]
        if note is not None:
            notes = (HandoffItem.get(handoff_id, consistent_read=True).notes or []) + [note]
            actions.append(HandoffItem.notes.set(notes))
        if outcome is not None:
            actions.append(HandoffItem.outcome.set(outcome))
        return updated(HandoffItem(handoff_id), actions, HandoffItem.status.is_in(*expected) | moved)

    def add_note(self, handoff_id: str, note: dict[str, str]) -> None:
        """Appends a note. A person's same words of one day are one note, however often they are sent; two notes at once are both kept."""
        for _ in range(_ATTEMPTS):
            notes = HandoffItem.get(handoff_id, consistent_read=True).notes
            if any(_same_note(each, note) for each in notes or []):
                return
            unchanged = HandoffItem.notes == notes if notes is not None else HandoffItem.notes.does_not_exist()
            added = [HandoffItem.notes.set([*(notes or []), note])]
            if updated(HandoffItem(handoff_id), added, HandoffItem.handoff_id.exists() & unchanged):
                return
        raise TooMuchTraffic(f"hand-off {handoff_id} is written by too many at once")

    def page_of_owner(
        self, owner: str, limit: int, before: dict[str, Any] | None = None
    ) -> tuple[list[Handoff], dict[str, Any] | None]:
        """One owner's hand-offs, newest first, and the key where the next page begins."""
        rows = HandoffItem.owner_index.query(owner, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return listing.page(rows, lambda item: item.handoff_id, _to_handoff)


def _same_note(one: dict[str, str], other: dict[str, str]) -> bool:
    return (one["by"], one["text"], one["at"][:10]) == (other["by"], other["text"], other["at"][:10])


def owner_key(owner: str, created_at: str, handoff_id: str) -> dict[str, Any]:
    """Where a hand-off stands in `page_of_owner`: to go on behind it."""
    return {"owner": {"S": owner}, "created_at": {"S": created_at}, "handoff_id": {"S": handoff_id}}
