"""What must hold after every rehearsal, whatever was played and whatever went wrong. docs/reliability.md says by which mechanism it does.

Each check yields what is wrong, in words; nothing: it holds.
"""

from __future__ import annotations

from typing import Any, Final

from infra.rehearsal.invariants import (
    audit,
    counts,
    imports,
    journeys,
    mails,
    merges,
    notes,
    people,
    sales,
    segments,
    touches,
    waits,
    webhooks,
)
from infra.rehearsal.invariants.case import Case, Check

__all__ = ["CHECKS", "Case", "check", "named"]

_ALL: Final[tuple[Check, ...]] = (
    people.every_submission_has_one_person,
    mails.no_message_sent_twice,
    mails.every_mail_has_a_receipt,
    mails.none_mailed_after_no,
    notes.no_note_sent_twice,
    notes.each_send_has_its_claim,
    notes.none_written_to_after_no,
    mails.whoever_is_unreachable_is_suppressed,
    mails.consent_behind_each_marketing_mail,
    mails.consent_chain_unbroken,
    mails.confirmed_where_a_tick_is_not_enough,
    sales.one_open_handoff_per_mql,
    sales.one_escalation_per_breach_at_its_time,
    people.score_equals_replay,
    people.grades_follow_time,
    waits.every_wait_has_a_timer,
    waits.queues_empty,
    waits.failed_queue_empty,
    counts.counters_equal_rows,
    counts.journeys_count_whom_they_hold,
    counts.mails_count_what_they_brought,
    counts.versions_are_kept,
    journeys.versions_never_change,
    journeys.people_stay_on_their_version,
    journeys.nobody_moves_while_paused,
    webhooks.each_webhook_is_called_or_set_aside,
    segments.segments_hold_whom_they_ask_for,
    imports.every_import_row_is_accounted_for,
    merges.merged_have_one_survivor,
    merges.journeys_go_on_once,
    touches.touches_stand_once,
    touches.sweeps_are_taken_back,
    audit.each_act_is_audited,
    counts.rights_suffice,
)
CHECKS: Final[dict[str, Check]] = {holds.__name__: holds for holds in _ALL}


def check(case: Case) -> dict[str, list[str]]:
    """Name → what is wrong (nothing: it holds)."""
    return {name: list(holds(case)) for name, holds in CHECKS.items()}


def named(wrong: dict[str, list[str]]) -> dict[str, Any]:
    """{name: true | false} as result.json tells it."""
    return {name: not found for name, found in wrong.items()}
