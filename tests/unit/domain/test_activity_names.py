"""What an activity is called: repeats within its window are one, later it is another; what follows from it is named after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.domain.timeline import EMAIL_OPENED, FORM_SUBMITTED, PAGE_VIEWED, Activity

AT = datetime(2026, 3, 2, 1, 0, 5, tzinfo=UTC)


def seen(kind: str, after: timedelta, cause: str = "visitor:/pricing") -> Activity:
    return Activity("lin", kind, AT + after, cause)


def test_a_page_reloaded_within_its_minute_is_the_same_activity() -> None:
    first, again = seen(PAGE_VIEWED, timedelta()), seen(PAGE_VIEWED, timedelta(seconds=20))
    assert (first.activity_id, first.sort_key) == (again.activity_id, again.sort_key)


def test_a_page_seen_again_later_is_another_cause() -> None:
    assert seen(PAGE_VIEWED, timedelta()).activity_id != seen(PAGE_VIEWED, timedelta(days=40)).activity_id
    assert seen(EMAIL_OPENED, timedelta()).activity_id != seen(EMAIL_OPENED, timedelta(hours=2)).activity_id


def test_what_has_no_window_is_named_by_its_cause_alone() -> None:
    assert seen(FORM_SUBMITTED, timedelta()).activity_id == seen(FORM_SUBMITTED, timedelta(days=1)).activity_id
