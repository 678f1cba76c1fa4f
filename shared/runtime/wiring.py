"""The one place that knows both sides: use cases and what they run on. Made on demand, so that a function imports only what its path needs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from shared.runtime import clock, content
from shared.store.activities import Activities
from shared.store.people import People

if TYPE_CHECKING:
    from shared.channels.http import Http
    from shared.channels.queues import CallQueue, DueQueue, FailedQueue, ImportQueue, Outbox
    from shared.domain.channel import Account
    from shared.domain.lead import Lead
    from shared.domain.segments import Segment
    from shared.store.audit import Audit
    from shared.store.enrolments import Enrolments
    from shared.store.handoffs import Handoffs
    from shared.store.imports import Imports
    from shared.store.intake import Intake
    from shared.store.journeys import Journeys, Kept
    from shared.store.lists import Lists
    from shared.store.messages import Messages
    from shared.store.meters import Meters
    from shared.store.suppressions import Suppressions
    from shared.store.timers import Timers
    from shared.store.touchpoints import Touchpoints
    from shared.usecases.call_webhook import WebhookPorts
    from shared.usecases.compose_mail import ComposePorts
    from shared.usecases.console.read_account import AccountPorts
    from shared.usecases.hand_off import HandoffPorts
    from shared.usecases.import_people import ImportPorts
    from shared.usecases.journey_book import JourneyBook
    from shared.usecases.keep_preferences import PreferencePorts
    from shared.usecases.keep_segments import SegmentPorts
    from shared.usecases.limit_posts import PostLimit
    from shared.usecases.merge_people import MergePorts
    from shared.usecases.note_responses import ResponsePorts
    from shared.usecases.record_feedback import FeedbackPorts
    from shared.usecases.record_sms_feedback import SmsFeedbackPorts
    from shared.usecases.refold_scores import WalkPorts
    from shared.usecases.resolve_submission import ResolvePorts
    from shared.usecases.score_activities import ScorePorts
    from shared.usecases.send_message import Carrier, SendPorts
    from shared.usecases.set_timer import Alarm
    from shared.usecases.walk_journey import JourneyPorts
    from shared.usecases.watch_channel import Channel
    from shared.usecases.watch_spending import Spending


class Wiring:
    """Stores, queues and ports of this process."""

    # Whether the fixed dates of journeys still have to be told to the timers.
    dates_to_announce = True

    @cached_property
    def people(self) -> People:
        return People()

    @cached_property
    def activities(self) -> Activities:
        return Activities()

    @cached_property
    def intake(self) -> Intake:
        from shared.store.intake import Intake

        return Intake()

    @cached_property
    def enrolments(self) -> Enrolments:
        from shared.store.enrolments import Enrolments

        return Enrolments()

    @cached_property
    def lists(self) -> Lists:
        from shared.store.lists import Lists

        return Lists()

    @cached_property
    def messages(self) -> Messages:
        from shared.store.messages import Messages

        return Messages()

    @cached_property
    def meters(self) -> Meters:
        from shared.store.meters import Meters

        return Meters()

    @cached_property
    def spending(self) -> Spending:
        from shared.domain.budget import budget_of
        from shared.usecases.watch_spending import Spending

        return Spending(budget_of(content.policies()["budget"]), self.meters)

    @cached_property
    def handoffs(self) -> Handoffs:
        from shared.store.handoffs import Handoffs

        return Handoffs()

    @cached_property
    def suppressions(self) -> Suppressions:
        from shared.store.suppressions import Suppressions

        return Suppressions()

    @cached_property
    def _limits(self) -> dict[str, PostLimit]:
        return {}

    def limit(self, name: str) -> PostLimit:
        """The limit of that name in templates/policies/limits.yaml, with what this process has counted."""
        if name not in self._limits:
            from shared.domain.limits import Limit
            from shared.store.limits import Limits
            from shared.usecases.limit_posts import PostLimit

            self._limits[name] = PostLimit(Limit.of(content.policies()["limits"], name), Limits())
        return self._limits[name]

    @cached_property
    def touchpoints(self) -> Touchpoints:
        from shared.store.touchpoints import Touchpoints

        return Touchpoints()

    @cached_property
    def timers(self) -> Timers:
        from shared.store.timers import Timers

        return Timers()

    @cached_property
    def audit(self) -> Audit:
        from shared.store.audit import Audit

        return Audit()

    @cached_property
    def outbox(self) -> Outbox:
        from shared.channels.queues import Outbox

        return Outbox()

    @cached_property
    def due_queue(self) -> DueQueue:
        from shared.channels.queues import DueQueue

        return DueQueue()

    @cached_property
    def import_queue(self) -> ImportQueue:
        from shared.channels.queues import ImportQueue

        return ImportQueue()

    @cached_property
    def calls(self) -> CallQueue:
        from shared.channels.queues import CallQueue

        return CallQueue()

    @cached_property
    def imports(self) -> Imports:
        from shared.store.imports import Imports

        return Imports()

    @property
    def import_ports(self) -> ImportPorts:
        from shared.usecases.import_people import ImportPorts

        return ImportPorts(
            lambda: self.secret,
            self.imports,
            self.intake,
            self.people,
            self.activities,
            self.import_queue,
            content.country_code,
        )

    @cached_property
    def failed(self) -> FailedQueue:
        from shared.channels.queues import FailedQueue

        return FailedQueue()

    @property
    def secret(self) -> bytes:
        from shared.store.secrets import signing_key

        return signing_key()

    @property
    def secret_made(self) -> bytes:
        """The signing key, for the functions where an installation's first request arrives."""
        from shared.store.secrets import signing_key_made

        return signing_key_made()

    @cached_property
    def alarm(self) -> Alarm:
        from shared.usecases.set_timer import Alarm

        return Alarm(self.timers, self.due_queue)

    @property
    def resolve_ports(self) -> ResolvePorts:
        from functools import partial

        from shared.usecases.clean_submission import CleaningPorts
        from shared.usecases.keep_segments import first_turn
        from shared.usecases.resolve_submission import ResolvePorts

        cleaning = CleaningPorts(content.cleaning_rules(), self.lists, self.intake)
        return ResolvePorts(
            secret=self.secret,
            model=content.scoring_model(),
            people=self.people,
            activities=self.activities,
            cleaning=cleaning,
            consent=content.policies()["consent"],
            turn=partial(first_turn, self._file_segments, content.scoring_model()),
        )

    @cached_property
    def _file_segments(self) -> list[Segment]:
        from shared.usecases.keep_segments import of_files

        return of_files(content.segments(), clock.now())

    @cached_property
    def segment_ports(self) -> SegmentPorts:
        from shared.store.segments import Definitions, Memberships
        from shared.usecases.keep_segments import Book, SegmentPorts

        return SegmentPorts(
            files=content.segments(),
            book=Book(),
            definitions=Definitions(),
            memberships=Memberships(),
            people=self.people,
            activities=self.activities,
            model=content.scoring_model,
            alarm=self.alarm,
        )

    @cached_property
    def book(self) -> JourneyBook:
        from shared.usecases.journey_book import JourneyBook

        return JourneyBook(content.journeys(), self.journeys)

    @cached_property
    def journeys(self) -> Journeys:
        from shared.store.journeys import Journeys

        return Journeys()

    @property
    def kept_version(self) -> type[Kept]:
        """The row of a version of a journey."""
        from shared.store.journeys import Kept

        return Kept

    @cached_property
    def journey_ports(self) -> JourneyPorts:
        from shared.domain.machines import doubt_of
        from shared.usecases.take_effect import EffectPorts
        from shared.usecases.walk_journey import JourneyPorts

        return JourneyPorts(
            book=self.book,
            model=content.scoring_model(),
            sending=content.policies()["sending"],
            doubt=doubt_of(content.policies()["machines"]),
            enrolments=self.enrolments,
            alarm=self.alarm,
            effects=EffectPorts(
                self.people, self.activities, self.outbox, self.calls, self.handoff_ports, content.account_of
            ),
        )

    @cached_property
    def handoff_ports(self) -> HandoffPorts:
        from shared.usecases.hand_off import HandoffPorts

        return HandoffPorts(
            policy=content.policies()["sales"],
            attribution=content.policies()["attribution"],
            model=content.scoring_model(),
            people=self.people,
            activities=self.activities,
            handoffs=self.handoffs,
            outbox=self.outbox,
            alarm=self.alarm,
            lists=self.lists,
            gate=content.mql_gate,
        )

    @property
    def account_ports(self) -> AccountPorts:
        from shared.usecases.console.read_account import AccountPorts

        return AccountPorts(
            content.account_model(), content.mail_domains(), self.people, self.handoffs, self.activities
        )

    @cached_property
    def merge_ports(self) -> MergePorts:
        from shared.usecases.merge_people import MergePorts

        return MergePorts(
            content.scoring_model(),
            self.people,
            self.activities,
            self.suppressions,
            content.account_of,
            self.journey_ports,
        )

    @cached_property
    def score_ports(self) -> ScorePorts:
        from shared.usecases.score_activities import ScorePorts

        machines = content.policies()["machines"]
        return ScorePorts(content.scoring_model(), self.people, self.activities, self.alarm, machines)

    @cached_property
    def response_ports(self) -> ResponsePorts:
        from shared.usecases.note_responses import ResponsePorts

        return ResponsePorts(self.messages, self.activities, self.people.find)

    @property
    def walk_ports(self) -> WalkPorts:
        from shared.store.score_walks import ScoreWalks
        from shared.usecases.refold_scores import WalkPorts

        return WalkPorts(content.rules_version, ScoreWalks(), self.score_ports, self.segment_ports)

    @cached_property
    def feedback_ports(self) -> FeedbackPorts:
        from shared.domain.suppression import soft_bounce_rule
        from shared.usecases.record_feedback import FeedbackPorts

        rule = soft_bounce_rule(content.policies()["sending"]["soft_bounces"])
        return FeedbackPorts(self.messages, self.suppressions, self.activities, rule)

    @cached_property
    def sms_feedback_ports(self) -> SmsFeedbackPorts:
        from shared.usecases.record_sms_feedback import SmsFeedbackPorts

        return SmsFeedbackPorts(self.messages, self.preference_ports, content.policies()["sms"], lambda: self.secret)

    @cached_property
    def preference_ports(self) -> PreferencePorts:
        from shared.usecases.keep_preferences import PreferencePorts

        return PreferencePorts(self.people, self.suppressions, self.activities)

    @cached_property
    def http(self) -> Http:
        """Calls to the servers of others that templates/policies/outbound.yaml allows."""
        from shared.channels.http import Http

        policy = content.policies()["outbound"]
        return Http(policy["hosts"], policy["seconds"], policy["longest_kb"] * 1024)

    @cached_property
    def webhook_ports(self) -> WebhookPorts:
        from shared.channels.http import Forbidden, NoAnswer, Request, Unreachable
        from shared.domain.moments import parse_duration
        from shared.usecases.call_webhook import Outcomes, WebhookPorts

        def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
            return self.http.send(Request("POST", url, headers, body)).status

        def set_aside(call: dict[str, Any], reason: str) -> None:
            # As the queue would hand it over, so that it is replayed like every record that was set aside.
            self.failed.put("webhook", {"messageId": call["call_id"], "body": json.dumps(call)}, reason)

        return WebhookPorts(
            people=self.people,
            activities=self.activities,
            model=content.scoring_model(),
            signing_key=lambda: self.secret,
            post=post,
            outcomes=Outcomes(Forbidden, Unreachable, NoAnswer),
            pauses=[parse_duration(pause) for pause in content.policies()["outbound"]["webhook_pauses"]],
            alarm=self.alarm,
            set_aside=set_aside,
        )

    @cached_property
    def email_channel(self) -> Channel:
        from shared.runtime.carriers import make_channel

        return make_channel("email")

    @staticmethod
    def read_account() -> Account:
        """What the e-mail provider says of the account."""
        from shared.channels.email import read_account

        return read_account()

    def compose_ports(self, secret: bytes, public_url: str, admin_url: str) -> ComposePorts:
        """What composing a mail reads."""
        from shared.channels.render import render_mail
        from shared.usecases.compose_mail import ComposePorts

        return ComposePorts(
            emails=content.emails(),
            forms=content.forms(),
            policies=content.policies(),
            secret=secret,
            public_url=public_url,
            admin_url=admin_url,
            handoffs=self.handoffs,
            texts=content.texts,
            render=render_mail,
            facts=_facts_of,
        )

    @cached_property
    def preview_ports(self) -> ComposePorts:
        """For looking at a mail: it signs nothing, and its addresses have no host."""
        return self.compose_ports(b"", "", "")

    @cached_property
    def send_ports(self) -> SendPorts:
        from shared.channels import answers
        from shared.runtime.pace import Pace
        from shared.usecases.send_message import Answers, SendPorts

        return SendPorts(
            policy=content.policies()["sending"] | {"sms": content.policies()["sms"]},
            book=self.book,
            people=self.people,
            messages=self.messages,
            suppressions=self.suppressions,
            enrolments=self.enrolments,
            spending=self.spending,
            alarm=self.alarm,
            carrier=self.carrier,
            pace=Pace(int(os.environ.get("SENDERS", "5"))),
            answers=Answers(
                not_accepted=answers.NotAccepted,
                too_fast=answers.TooFast,
                quota_used_up=answers.QuotaUsedUp,
                stopped=answers.SendingStopped,
                unsendable=answers.Unsendable,
                ambiguous=answers.Ambiguous,
            ),
            facts=_exit_facts,
        )

    @cached_property
    def _carriers(self) -> dict[str, Carrier]:
        return {}

    def carrier(self, channel: str) -> Carrier:
        """What sends by `channel`; made on demand, because most functions send by one only."""
        if channel not in self._carriers:
            from shared.runtime.carriers import make_carrier

            self._carriers[channel] = make_carrier(channel, self)
        return self._carriers[channel]


def _exit_facts(journey: Mapping[str, Any], lead: Lead) -> Mapping[str, Any]:
    """What the exit rules ask: mostly the stage alone; the scoring model is loaded only for a rule that wants more."""
    if all(rule["on"] != "condition" for rule in journey.get("exits", ())):
        return {"stage": lead.stage}
    from shared.domain.facts import facts_of

    return facts_of(lead, clock.now(), content.scoring_model())


@lru_cache(maxsize=1)
def addresses() -> tuple[str, str]:
    """(public, admin) base addresses, without a slash at the end: from the environment, else from the stack's parameters."""
    named = os.environ.get("PUBLIC_URL"), os.environ.get("ADMIN_URL")
    if named[0] and named[1]:
        return named[0].rstrip("/"), named[1].rstrip("/")
    from shared.channels.aws import client

    def parameter(variable: str) -> str:
        found = client("ssm").get_parameter(Name=os.environ[variable])
        return str(found["Parameter"]["Value"]).rstrip("/")

    # Two calls and not GetParameters: the local AWS checks that one against every parameter there is.
    return parameter("PUBLIC_URL_PARAMETER"), parameter("ADMIN_URL_PARAMETER")


def _facts_of(lead: Lead) -> dict[str, Any]:
    """What audiences of mails are asked about `lead`."""
    from shared.domain.facts import facts_of  # late: most mails ask for no facts

    return facts_of(lead, clock.now(), content.scoring_model())


wiring = Wiring()
