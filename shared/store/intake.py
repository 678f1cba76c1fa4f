"""Accepted posts, as they came. No post that was answered 202 is ever only in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist

from shared.domain.moments import from_iso, to_iso
from shared.domain.submission import ACCEPTED, QUARANTINED, RELEASED, SET_ASIDE, Submission
from shared.store import listing
from shared.store.conditional import saved, updated
from shared.store.rows.intake import IntakeItem

_KEPT = timedelta(days=400)
_HELD = "1"


def _to_submission(item: IntakeItem) -> Submission:
    return Submission(
        submission_id=item.submission_id,
        form=item.form,
        received_at=from_iso(item.received_at),
        status=item.status,
        fields=item.fields or {},
        meta=item.meta or {},
        reason=item.reason or "",
        findings=item.findings or [],
    )


def from_stream_image(image: dict[str, Any]) -> Submission:
    """The submission in the NewImage of a stream record (DynamoDB's typed JSON)."""
    return _to_submission(IntakeItem.from_raw_data(image))


class Intake:
    """Writes and lists submissions."""

    def accept(self, submission: Submission) -> bool:
        """Writes the submission once; False when its id is taken: the same token or idempotency key came again."""
        item = IntakeItem(
            submission.submission_id,
            form=submission.form,
            status=submission.status,
            received_at=to_iso(submission.received_at),
            fields=submission.fields,
            meta=submission.meta,
            reason=submission.reason or None,
            held=_HELD if submission.status != ACCEPTED else None,
            expires=int((submission.received_at + _KEPT).timestamp()),
        )
        return saved(item, IntakeItem.submission_id.does_not_exist())

    def get(self, submission_id: str) -> Submission | None:
        """One submission."""
        try:
            return _to_submission(IntakeItem.get(submission_id, consistent_read=True))
        except DoesNotExist:
            return None

    def get_many(self, submission_ids: Sequence[str]) -> dict[str, Submission]:
        """The submissions with these ids."""
        return {item.submission_id: _to_submission(item) for item in IntakeItem.batch_get(list(submission_ids))}

    def quarantine(self, submission_id: str, findings: list[dict[str, str]]) -> bool:
        """Holds an accepted submission back, with its reasons (``code subject``, the first is the main one). False when somebody released it
        meanwhile: the release has the last word. Done twice is done once.
        """
        return updated(
            IntakeItem(submission_id),
            [
                IntakeItem.status.set(QUARANTINED),
                IntakeItem.reason.set(findings[0]["code"]),
                IntakeItem.findings.set(findings),
                IntakeItem.held.set(_HELD),
            ],
            IntakeItem.status.is_in(ACCEPTED, QUARANTINED),
        )

    def set_aside(self, submission_id: str, reason: str) -> None:
        """Marks a submission that could not be processed, so that the quarantine page shows it and can release it."""
        # Not by `Model.update`, which reads the row back: a row that cannot be read is why it is set aside.
        IntakeItem._get_connection().update_item(
            submission_id,
            actions=[IntakeItem.status.set(SET_ASIDE), IntakeItem.reason.set(reason), IntakeItem.held.set(_HELD)],
            condition=IntakeItem.submission_id.exists(),
        )

    def release(self, submission_id: str) -> bool:
        """Sends a held submission on its way again (the stream sees the change); False when it is not held. Released twice is released once."""
        return updated(
            IntakeItem(submission_id),
            [IntakeItem.status.set(RELEASED), IntakeItem.held.remove()],
            (IntakeItem.held == _HELD) | (IntakeItem.status == RELEASED),
        )

    def page_held(
        self, limit: int, before: dict[str, Any] | None = None
    ) -> tuple[list[Submission], dict[str, Any] | None]:
        """What is held back, newest first, and the key where the next page begins."""
        rows = IntakeItem.held_index.query(_HELD, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return listing.page(rows, lambda item: item.submission_id, _to_submission)


def held_key(received_at: str, submission_id: str) -> dict[str, Any]:
    """Where a submission stands in `page_held`: to go on behind it."""
    return {"held": {"S": _HELD}, "received_at": {"S": received_at}, "submission_id": {"S": submission_id}}
