"""The invariants are no ornament: a product without one of its claims, checks or effects is found out by the one that guards it.

The product stays as it is; saboteurs stand between it and AWS. `MISTAKES` names for each invariant at least one that it must report, whatever
else reports it too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from infra.rehearsal.faults import Strike
from infra.rehearsal.invariants import CHECKS
from infra.rehearsal.scenario import Scenario
from infra.rehearsal.strikes import DOUBLED, TWIN
from infra.storm.storms import as_scenario
from tests.rehearsal.saboteurs import (
    Astray,
    Blind,
    Broken,
    Careless,
    Deaf,
    Deluded,
    Forged,
    Lax,
    Saboteur,
    Swallowed,
    Unheard,
    broken,
    short,
)

pytestmark = pytest.mark.rehearsal


@dataclass(frozen=True)
class Mistake:
    """What goes wrong, in words; the invariant that must find it out; what is played; who sees to it that it goes wrong, and with which faults."""

    what: str
    found_by: str
    played: str | Scenario
    saboteurs: tuple[Saboteur, ...]
    strikes: tuple[Strike, ...] = field(default=(), kw_only=True)

    @property
    def scenario(self) -> Scenario:
        return short(self.played) if isinstance(self.played, str) else self.played


def one_person(days: float, *acts: dict[str, object], **fields: object) -> Scenario:
    """Somebody posts the form for the white paper and does this."""
    wei = {"email": "wei@huaxing-logistics.example", "name": "张伟", "company": "华星物流", "country": "CN", **fields}
    post = {"at": "+1m", "submit": "whitepaper", "channel": "sem", "fields": wei}
    return as_scenario({"start": "2026-03-02T09:00:00+08:00", "days": days, "people": {"wei": [post, *acts]}}, "one")


def without_a_yes(channel: str) -> Scenario:
    """Who comes from a file for every channel said nothing about this one."""
    played = short("channels")
    (act,) = played.acts
    rows = [{name: value for name, value in row.items() if name != f"consent {channel}"} for row in act.more["rows"]]
    return replace(played, acts=(replace(act, more={**act.more, "rows": rows}),))


def twice(batch: str) -> tuple[Strike, ...]:
    return (Strike(batch, DOUBLED),)


AT_ONCE = (Strike("SendFunction 1 call 4", TWIN),)
NO_CLAIM_ON_MAIL = (Blind("Send", "MESSAGES", "GetItem"), Careless("Send", "MESSAGES", "PutItem"))
NO_CLAIM_ON_NOTE = (Blind("Send", "MESSAGES", "Query"), Careless("Send", "MESSAGES", "PutItem"))
NO_CLAIM_ON_ESCALATION = (
    Blind("Advance", "HANDOFFS", "GetItem", attributes=frozenset({"escalated_at"})),
    Deluded("Advance", "HANDOFFS", "GetItem", attribute="status", value="open"),
    Careless("Advance", "HANDOFFS"),
)
SAID_YES = json.dumps({"email": {"state": "granted", "at": "2026-03-02T00:00:00.000Z"}})
SAID_YES_TO_TEXTS = json.dumps({"sms": {"state": "granted", "at": "2026-03-02T00:00:00.000Z"}})
# Warm by the paper, the mail and the link; two weeks later no more.
FADING = one_person(15, {"at": "+10m", "open": "last"}, {"at": "+20m", "click": "last"})
MERGED = replace(short("merge"), days=0.1)  # and not parted again

MISTAKES = (
    *(
        Mistake(
            f"a submission of which {table.lower()} know nothing",
            "every_submission_has_one_person",
            "capture",
            (Swallowed("Resolve", table, "PutItem"),),
        )
        for table in ("ACTIVITIES", "PEOPLE")
    ),
    Mistake(
        "a mail that leaves twice",
        "no_message_sent_twice",
        "capture",
        NO_CLAIM_ON_MAIL,
        strikes=twice("SendFunction batch 1"),
    ),
    Mistake(
        "a mail that two send at once, because a claim is anybody's",
        "no_message_sent_twice",
        "capture",
        (Lax("Send", "MESSAGES", "PutItem", attribute="claimed_by"),),
        strikes=AT_ONCE,
    ),
    Mistake("a mail without a receipt", "every_mail_has_a_receipt", "capture", (Swallowed("Send", "MESSAGES"),)),
    Mistake("a receipt without a mail", "every_mail_has_a_receipt", "capture", (Unheard("Send", "SendEmail"),)),
    Mistake(
        "a mail to somebody who had said no",
        "none_mailed_after_no",
        "unsubscribe",
        (Swallowed("Preferences", "PEOPLE"), Swallowed("Preferences", "ACTIVITIES"), Blind("Send", "SUPPRESSIONS")),
    ),
    Mistake(
        "a no that was thanked for and not written",
        "none_mailed_after_no",
        "unsubscribe",
        (Swallowed("Preferences", "SUPPRESSIONS"),),
    ),
    Mistake(
        "a text message that leaves twice",
        "no_note_sent_twice",
        "channels",
        NO_CLAIM_ON_NOTE,
        strikes=twice("SendFunction batch 1"),
    ),
    Mistake(
        "a message that nobody claimed, and the second one",
        "each_send_has_its_claim",
        "channels",
        (Swallowed("Send", "MESSAGES", "PutItem"),),
        strikes=twice("SendFunction batch 1"),
    ),
    Mistake(
        "a text message to somebody who never said yes to any",
        "none_written_to_after_no",
        without_a_yes("sms"),
        (Deluded("Send", "PEOPLE", "GetItem", attribute="consent", value=SAID_YES_TO_TEXTS),),
    ),
    Mistake(
        "an address that bounced, and one whose owner complained, of which the gate knows nothing",
        "whoever_is_unreachable_is_suppressed",
        "bounce",
        (Swallowed("Feedback", "SUPPRESSIONS"),),
    ),
    Mistake(
        "a gate that takes everybody for somebody who said yes",
        "consent_behind_each_marketing_mail",
        one_person(3.5),
        (Deluded("Send", "PEOPLE", "GetItem", attribute="consent", value=SAID_YES),),
    ),
    Mistake(
        "a withdrawal without evidence",
        "consent_chain_unbroken",
        "unsubscribe",
        (Swallowed("Preferences", "ACTIVITIES"),),
    ),
    Mistake(
        "a tick in Germany that is taken for enough",
        "confirmed_where_a_tick_is_not_enough",
        one_person(3.5, country="DE", consent_email=True),
        (Deluded("Send", "PEOPLE", "GetItem", attribute="consent", value=SAID_YES),),
    ),
    Mistake(
        "a tick in Germany that nobody asks about",
        "confirmed_where_a_tick_is_not_enough",
        "consent",
        (Unheard("React", "SendMessage", holding="double_opt_in"),),
    ),
    Mistake("a ripe lead without a hand-off", "one_open_handoff_per_mql", "ripen", (Swallowed("React", "HANDOFFS"),)),
    Mistake(
        "a hand-off of which its lead knows nothing",
        "one_open_handoff_per_mql",
        "ripen",
        (Swallowed("React", "PEOPLE"),),
    ),
    Mistake(
        "a hand-off by hand of which its lead knows nothing",
        "one_open_handoff_per_mql",
        "sales",
        (Swallowed("Admin", "PEOPLE"),),
    ),
    Mistake(
        "a deal that was won by somebody who is no customer",
        "one_open_handoff_per_mql",
        "sales",
        (Swallowed("Admin", "PEOPLE", holding="'customer'"),),
    ),
    Mistake(
        "an escalation that happens twice",
        "one_escalation_per_breach_at_its_time",
        "escalation",
        NO_CLAIM_ON_ESCALATION,
        strikes=twice("AdvanceFunction batch 3"),
    ),
    Mistake(
        "a breach that nobody hears of",
        "one_escalation_per_breach_at_its_time",
        "escalation",
        (Swallowed("Advance", "TIMERS"),),
    ),
    Mistake("a clock that does not run", "every_wait_has_a_timer", "escalation", (Swallowed("Advance", "TIMERS"),)),
    Mistake("a score that misses an activity", "score_equals_replay", "ripen", (Swallowed("Score", "PEOPLE"),)),
    Mistake("a grade that time left behind", "grades_follow_time", FADING, (Swallowed("Score", "TIMERS"),)),
    Mistake(
        "a grade whose hour came and nobody was told",
        "grades_follow_time",
        FADING,
        (Unheard("Tick", "SendMessageBatch", holding="score"),),
    ),
    Mistake("a journey that nothing will wake", "every_wait_has_a_timer", "capture", (Swallowed("React", "TIMERS"),)),
    Mistake("a queue from which nobody takes", "queues_empty", "capture", (Deaf("Send"),)),
    Mistake("what lies where failures end", "failed_queue_empty", "capture", (Broken("Feedback", "MESSAGES"),)),
    Mistake("a mail that was not counted", "counters_equal_rows", "capture", (Swallowed("Meter", "METERS"),)),
    Mistake(
        "a post that was thanked for and not stored",
        "counters_equal_rows",
        "capture",
        (Swallowed("Capture", "INTAKE"),),
    ),
    Mistake(
        "an entry into a journey that was not counted",
        "journeys_count_whom_they_hold",
        "capture",
        (Swallowed("Meter", "METERS"),),
    ),
    Mistake(
        "a mail of a journey that its figures do not know",
        "mails_count_what_they_brought",
        "capture",
        (Swallowed("Meter", "METERS"),),
    ),
    Mistake(
        "an open that no receipt and no figure knows of",
        "mails_count_what_they_brought",
        "ripen",
        (Swallowed("Score", "MESSAGES"),),
    ),
    Mistake(
        "a journey that writes to somebody who never entered it",
        "journeys_count_whom_they_hold",
        "capture",
        (Swallowed("React", "ENROLMENTS"),),
    ),
    Mistake(
        "a version on which somebody entered and that nobody kept",
        "versions_are_kept",
        "capture",
        (Swallowed("React", "JOURNEYS"),),
    ),
    Mistake(
        "a version that was written again",
        "versions_never_change",
        "pause",
        (Blind("Admin", "JOURNEYS", "GetItem"), Careless("Admin", "JOURNEYS")),
    ),
    Mistake(
        "somebody on another version than their own",
        "people_stay_on_their_version",
        "pause",
        (Forged("Advance", "ENROLMENTS", "PutItem", attribute="version", value="0123456789ab"),),
    ),
    Mistake(
        "an entry on a version that is not current",
        "people_stay_on_their_version",
        "versions",
        (Forged("React", "ENROLMENTS", "PutItem", attribute="version", value="0123456789ab"),),
    ),
    Mistake(
        "who goes on in a journey that is paused",
        "nobody_moves_while_paused",
        "pause",
        (Blind("Advance", "JOURNEYS", "GetItem"),),
    ),
    Mistake(
        "a call of which no timeline tells",
        "each_webhook_is_called_or_set_aside",
        "webhook",
        (Swallowed("Webhook", "ACTIVITIES", "PutItem"),),
    ),
    Mistake(
        "a call set aside, of which no timeline tells",
        "failed_queue_empty",
        "webhook",
        (Swallowed("Webhook", "ACTIVITIES", "PutItem"),),
    ),
    Mistake(
        "a call that waits for nothing",
        "each_webhook_is_called_or_set_aside",
        "webhook",
        (Swallowed("Webhook", "TIMERS"),),
    ),
    Mistake(
        "a segment that nobody fills",
        "segments_hold_whom_they_ask_for",
        "segments",
        (Blind("Score", "SEGMENTS", "Query"), Blind("Advance", "SEGMENTS", "GetItem")),
    ),
    Mistake(
        "a membership whose transaction is not made",
        "segments_hold_whom_they_ask_for",
        "segments",
        (Swallowed("Score", "SEGMENTS", holding="segment_entered"),),
    ),
    Mistake(
        "a row that is told as submitted and is not",
        "every_import_row_is_accounted_for",
        "import",
        (Swallowed("Imports", "INTAKE"),),
    ),
    Mistake(
        "a merge that was said to be done and is not decided",
        "merged_have_one_survivor",
        "merge",
        (Swallowed("Admin", "ACTIVITIES"),),
    ),
    Mistake(
        "a parting that was said to be done and is not decided",
        "merged_have_one_survivor",
        "merge",
        (Swallowed("Admin", "ACTIVITIES", holding="people_parted"),),
    ),
    Mistake(
        "a merge that is decided and not done", "merged_have_one_survivor", MERGED, (Swallowed("React", "PEOPLE"),)
    ),
    Mistake(
        "somebody who was merged and goes on in a journey",
        "merged_have_one_survivor",
        MERGED,
        (Swallowed("React", "ENROLMENTS", holding="merged"),),
    ),
    Mistake(
        "a journey that leaves with somebody who was merged and never arrives",
        "journeys_go_on_once",
        "merge-journey",
        (Swallowed("React", "ENROLMENTS", "PutItem", holding="entered_as"),),
    ),
    Mistake(
        "a code that was followed and of which no timeline tells",
        "touches_stand_once",
        "touchpoint",
        (Swallowed("Track", "ACTIVITIES"),),
    ),
    Mistake(
        "a code that was followed and not counted",
        "touches_stand_once",
        "touchpoint",
        (Swallowed("Track", "TOUCHPOINTS"),),
    ),
    Mistake(
        "a sweep that is taken for a person",
        "sweeps_are_taken_back",
        "sweep",
        (Swallowed("Track", "ACTIVITIES", holding="touches_voided"),),
    ),
    Mistake("an act of which the audit knows nothing", "each_act_is_audited", "sales", (Swallowed("Admin", "AUDIT"),)),
    Mistake("a merge of which the audit knows nothing", "each_act_is_audited", "merge", (Swallowed("Admin", "AUDIT"),)),
    Mistake(
        "a function that asks for what its role forbids",
        "rights_suffice",
        "capture",
        (Astray("Send", "MESSAGES", "PutItem", instead="INTAKE"),),
    ),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_the_net_finds(mistake: Mistake, content: Path) -> None:
    assert mistake.found_by in broken(mistake.scenario, content, mistake.saboteurs, mistake.strikes)


def test_each_invariant_has_a_saboteur_who_is_found_out_by_it() -> None:
    assert {mistake.found_by for mistake in MISTAKES} == set(CHECKS)


@pytest.mark.parametrize(
    ("played", "strikes"),
    [
        ("capture", twice("SendFunction batch 1")),
        ("capture", AT_ONCE),
        ("escalation", twice("AdvanceFunction batch 3")),
        ("segments", twice("ScoreFunction batch 1")),
        ("channels", twice("SendFunction batch 1")),
        (FADING, ()),
    ],
    ids=["send twice", "send at once", "escalate twice", "score twice", "text twice", "fade"],
)
def test_the_net_holds_still_while_nobody_is_sabotaged(
    played: str | Scenario, strikes: tuple[Strike, ...], content: Path
) -> None:
    assert broken(short(played) if isinstance(played, str) else played, content, (), strikes) == set()


def test_a_saboteur_who_finds_nothing_to_do_is_an_error(content: Path) -> None:
    with pytest.raises(AssertionError, match="never did any harm"):
        broken(short("capture"), content, (Swallowed("Tick", "HANDOFFS"),), ())
