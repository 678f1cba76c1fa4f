"""The invariants are no ornament: a product without one of its claims, checks or effects is found out by the one that guards it.

The product stays as it is; a saboteur stands between it and AWS. `Blind` hides rows from a function, `Careless` takes the conditions off its
writes, `Swallowed` answers a write without doing it. Each is what a mistake in the code would come to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from infra.rehearsal.calls import Call
from infra.rehearsal.drafts import compile_with
from infra.rehearsal.faults import Strike
from infra.rehearsal.run import play, staged
from infra.rehearsal.scenario import read_scenario
from infra.rehearsal.strikes import DOUBLED, Scripted
from infra.rehearsal.world import World
from infra.storm.search import READS, SHORT
from infra.template import ROOT
from tests.conftest import CONTENT

pytestmark = pytest.mark.rehearsal

Sabotage = Callable[[World], None]
_FINE = {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RequestId": "sabotage", "RetryAttempts": 0}}


@dataclass(frozen=True)
class Target:
    """Calls of one function to one table (by the name in `TABLE_…`); no operation: all."""

    function: str
    table: str
    operation: str = ""

    def hits(self, call: Call, world: World) -> bool:
        tables = {call.table, *call.params.get("RequestItems", {})}
        return (
            call.function == f"{self.function}Function"
            and world.template.environment[f"TABLE_{self.table}"] in tables
            and self.operation in ("", call.operation)
        )


@dataclass(frozen=True)
class Blind(Target):
    """Finds nothing where something stands; with `attributes`, the rows without these."""

    attributes: tuple[str, ...] = ()

    def __call__(self, world: World) -> None:
        def after(call: Call) -> None:
            if not self.hits(call, world):
                return
            if not self.attributes:
                call.answer.pop("Item", None)
                call.answer.update({"Items": [], "Count": 0} if "Items" in call.answer else {})
                call.answer.update({"Responses": {}} if "Responses" in call.answer else {})
            for name in self.attributes:
                call.answer.get("Item", {}).pop(name, None)

        world.calls.after.append(after)


@dataclass(frozen=True)
class Careless(Target):
    """Writes whatever stands there."""

    def __call__(self, world: World) -> None:
        def rewrite(call: Call) -> None:
            if self.hits(call, world) and "ConditionExpression" in call.params:
                asked = call.params["ConditionExpression"]
                call.params["ConditionExpression"] = f"attribute_not_exists(nowhere) OR {asked}"

        world.calls.rewriters.append(rewrite)


@dataclass(frozen=True)
class Swallowed(Target):
    """Is told that it wrote, and nothing was written."""

    def __call__(self, world: World) -> None:
        engine = world.calls.shortcut
        assert engine

        def shortcut(call: Call) -> Any:
            if self.hits(call, world) and not call.operation.startswith(READS):
                call.service = "none"  # so that nobody who watches takes it for written
                return AWSResponse("https://rehearsal.invalid", 200, HTTPHeaders(), None), dict(_FINE)
            return engine(call)

        world.calls.shortcut = shortcut


@dataclass(frozen=True)
class Broken(Target):
    """Fails at each call, in a way that no repetition helps."""

    def __call__(self, world: World) -> None:
        def before(call: Call) -> None:
            if self.hits(call, world):
                raise ValueError("broken")

        world.calls.before.append(before)


@dataclass(frozen=True)
class Forged(Target):
    """Writes rows with something else in one of their attributes."""

    attribute: str = ""
    value: str = ""

    def __call__(self, world: World) -> None:
        def rewrite(call: Call) -> None:
            if self.hits(call, world) and self.attribute in call.params.get("Item", {}):
                call.params["Item"][self.attribute] = {"S": self.value}

        world.calls.rewriters.append(rewrite)


@cache
def content_of(drafts: Path) -> Path:
    """The content of a short scenario that brings its own, compiled once."""
    out = ROOT / ".build" / f"{CONTENT.name}-{drafts.name}"
    assert compile_with(drafts, ROOT / "templates", out) == []
    return out


def broken(short: str, content: Path, *sabotages: Sabotage, doubled: str = "") -> set[str]:
    """The invariants that do not hold when the short scenario is played so, with this batch delivered twice."""
    scenario = read_scenario(next(file for file in SHORT if file.stem == short))
    content = content_of(scenario.templates) if scenario.templates else content
    strikes = [Strike(doubled, DOUBLED)] if doubled else []
    with staged(scenario, content, engine="moto", faults=Scripted(strikes)) as stage:
        for sabotage in sabotages:
            sabotage(stage.world)
        play(stage, lambda _: None)
        _, wrong = stage.judge()
    return {name for name, found in wrong.items() if found}


NO_CLAIM_ON_MAIL = (Blind("Send", "MESSAGES", "GetItem"), Careless("Send", "MESSAGES"))
NO_CLAIM_ON_ESCALATION = (
    Blind("Advance", "HANDOFFS", "GetItem", ("escalated_at", "status")),
    Careless("Advance", "HANDOFFS"),
)


@pytest.mark.parametrize(
    ("short", "batch"), [("capture", "SendFunction batch 1"), ("escalation", "AdvanceFunction batch 2")]
)
def test_a_batch_that_comes_twice_breaks_nothing_while_the_claims_stand(short: str, batch: str, content: Path) -> None:
    assert broken(short, content, doubled=batch) == set()


def test_a_mail_that_leaves_twice_is_found(content: Path) -> None:
    found = broken("capture", content, *NO_CLAIM_ON_MAIL, doubled="SendFunction batch 1")
    assert "no_message_sent_twice" in found


@pytest.mark.parametrize("table", ["ACTIVITIES", "PEOPLE"])
def test_a_submission_that_belongs_to_nobody_is_found(table: str, content: Path) -> None:
    assert "every_submission_has_one_person" in broken("capture", content, Swallowed("Resolve", table, "PutItem"))


def test_a_mail_to_somebody_who_had_said_no_is_found(content: Path) -> None:
    forgets_all_but_the_list = (Swallowed("Preferences", "PEOPLE"), Swallowed("Preferences", "ACTIVITIES"))
    found = broken("unsubscribe", content, *forgets_all_but_the_list, Blind("Send", "SUPPRESSIONS"))
    assert "none_mailed_after_no" in found


def test_a_no_that_was_thanked_for_and_not_written_is_found(content: Path) -> None:
    assert "none_mailed_after_no" in broken("unsubscribe", content, Swallowed("Preferences", "SUPPRESSIONS"))


def test_a_withdrawal_without_evidence_is_found(content: Path) -> None:
    assert "consent_chain_unbroken" in broken("unsubscribe", content, Swallowed("Preferences", "ACTIVITIES"))


def test_an_escalation_that_happens_twice_is_found(content: Path) -> None:
    found = broken("escalation", content, *NO_CLAIM_ON_ESCALATION, doubled="AdvanceFunction batch 2")
    assert "one_escalation_per_breach_at_its_time" in found


def test_a_breach_that_nobody_hears_of_is_found(content: Path) -> None:
    found = broken("escalation", content, Swallowed("Advance", "TIMERS"))
    assert {"one_escalation_per_breach_at_its_time", "every_wait_has_a_timer"} <= found


def test_a_lead_that_is_ripe_without_a_hand_off_is_found(content: Path) -> None:
    assert "one_open_handoff_per_mql" in broken("ripen", content, Swallowed("React", "HANDOFFS"))


def test_a_score_that_misses_an_activity_is_found(content: Path) -> None:
    assert "score_equals_replay" in broken("ripen", content, Swallowed("Score", "PEOPLE"))


def test_a_journey_that_nothing_will_wake_is_found(content: Path) -> None:
    assert "every_wait_has_a_timer" in broken("capture", content, Swallowed("React", "TIMERS"))


def test_a_mail_or_an_entry_into_a_journey_that_was_not_counted_is_found(content: Path) -> None:
    found = broken("capture", content, Swallowed("Meter", "METERS"))
    assert {"counters_equal_rows", "journeys_count_whom_they_hold", "mails_count_what_they_brought"} <= found


def test_an_open_that_no_receipt_and_no_figure_knows_of_is_found(content: Path) -> None:
    assert "mails_count_what_they_brought" in broken("ripen", content, Swallowed("Score", "MESSAGES"))


def test_a_post_that_was_thanked_for_and_not_stored_is_found(content: Path) -> None:
    assert "counters_equal_rows" in broken("capture", content, Swallowed("Capture", "INTAKE"))


def test_what_lies_where_failures_end_is_found(content: Path) -> None:
    assert "failed_queue_empty" in broken("capture", content, Broken("Feedback", "MESSAGES"))


def test_a_segment_that_nobody_fills_is_found(content: Path) -> None:
    found = broken("segments", content, Blind("Score", "SEGMENTS", "Query"), Blind("Advance", "SEGMENTS", "GetItem"))
    assert "segments_hold_whom_they_ask_for" in found


def test_a_batch_of_activities_that_comes_twice_counts_nobody_twice(content: Path) -> None:
    assert broken("segments", content, doubled="ScoreFunction batch 1") == set()


def test_a_call_of_which_no_timeline_tells_is_found(content: Path) -> None:
    found = broken("webhook", content, Swallowed("Webhook", "ACTIVITIES", "PutItem"))
    assert "each_webhook_is_called_or_set_aside" in found
    assert "failed_queue_empty" in found  # what lies there unexplained


def test_a_call_that_waits_for_nothing_is_found(content: Path) -> None:
    assert "each_webhook_is_called_or_set_aside" in broken("webhook", content, Swallowed("Webhook", "TIMERS"))


def test_a_version_that_was_written_again_is_found(content: Path) -> None:
    forgets = (Blind("Admin", "JOURNEYS", "GetItem"), Careless("Admin", "JOURNEYS"))
    assert "versions_never_change" in broken("pause", content, *forgets)


def test_somebody_on_another_version_than_their_own_is_found(content: Path) -> None:
    forged = Forged("Advance", "ENROLMENTS", "PutItem", "version", "0123456789ab")
    assert "people_stay_on_their_version" in broken("pause", content, forged)


def test_an_entry_on_a_version_that_is_not_current_is_found(content: Path) -> None:
    forged = Forged("React", "ENROLMENTS", "PutItem", "version", "0123456789ab")
    assert "people_stay_on_their_version" in broken("versions", content, forged)


def test_who_goes_on_in_a_journey_that_is_paused_is_found(content: Path) -> None:
    assert "nobody_moves_while_paused" in broken("pause", content, Blind("Advance", "JOURNEYS", "GetItem"))


def test_a_message_without_a_claim_is_found_and_so_is_the_second_one(content: Path) -> None:
    unclaimed = Swallowed("Send", "MESSAGES", "PutItem")
    found = broken("channels", content, unclaimed, doubled="SendFunction batch 1")
    assert {"each_send_has_its_claim", "no_note_sent_twice", "every_mail_has_a_receipt"} <= found
