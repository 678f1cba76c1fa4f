"""A submission becomes part of one person: found by an exact key or made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.accounts import account_id
from shared.domain.cleaning import DUPLICATE, EXISTING_CUSTOMER, FLAG, IN_FOLLOW_UP, is_customer
from shared.domain.consent import is_pending, with_ticked
from shared.domain.consent_policy import wants_confirmation
from shared.domain.identity import EMAIL, VISITOR, is_role_mailbox, speaks_against
from shared.domain.lead import PROFILE_FIELDS, Lead
from shared.domain.lifecycle import CUSTOMER, IN_SALES_HANDS
from shared.domain.moments import to_iso
from shared.domain.score_state import State
from shared.domain.scoring import Score, ScoringModel, merge_profile
from shared.domain.submission import Submission
from shared.domain.timeline import (
    ANONYMOUS_PAGE_VIEWED,
    FORM_SUBMITTED,
    GRADE_CHANGED,
    PAGE_VIEWED,
    TOUCHPOINT_FOLLOWED,
    Activity,
)
from shared.domain.traffic import TooMuchTraffic
from shared.usecases.clean_submission import CleaningPorts, Judgement, judge
from shared.usecases.identity_keys import Keys, keys_of
from shared.usecases.score_activities import when_time_tells

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.people import People

_TOUCH_KEYS = (
    "channel",
    "activity",
    "employee",
    "material",
    "distributor",
    "referred_by",
    "s",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "referrer",
)
_ATTEMPTS = 8


class NobodysSubmission(Exception):
    """Neither an e-mail address nor a phone number: no person can be made of it."""


class ResolvePorts(NamedTuple):
    """What making a person of a submission touches."""

    secret: bytes
    model: ScoringModel
    people: People
    activities: Activities
    cleaning: CleaningPorts
    consent: Mapping[str, Any]
    """What each country asks (templates/policies/consent.yaml)."""
    turn: Callable[[Lead, Activity], datetime | None]
    """When a segment of somebody of whom only this is known changes by time alone (`keep_segments.first_turn`)."""


def resolve_submission(submission: Submission, ports: ResolvePorts) -> str | None:
    """Writes the person and the activity of `submission`; returns the lead's id, None when it is junk and was set aside. Repeating it changes nothing.

    Order: the lead (the claim on its key), its further keys, last the activity, which the stream tells everybody else.
    """
    people, activities, model = ports.people, ports.activities, ports.model
    keys = keys_of(submission, ports.secret)
    judgement = judge(submission, ports.cleaning)
    said = _said(submission, ports)
    lead = _find(keys, said, people)
    if judgement.held and not _is_done(submission, lead, activities):
        ports.cleaning.intake.quarantine(submission.submission_id, [asdict(each) for each in judgement.held])
        return None
    flags = [*judgement.flags, *_recognised(submission, said, lead, judgement, ports)]
    activity_of = _activity_maker(submission, said, flags)
    if lead is None:
        lead = _make(submission, keys, activity_of, ports)
    elif lead.created_by != submission.submission_id:
        lead = _update(lead, submission, ports)
    activity = activity_of(lead.lead_id)
    _claim_keys(lead, keys, submission, ports)
    if keys.visitor:
        _adopt_visits(keys.visitor, lead, activities)
    activities.append(_with_question(replace(activity, detail=lead.line(activity.detail)), lead))
    if lead.created_by == submission.submission_id and (crossing := _first_crossing(submission, activity, model)):
        activities.append(crossing)
    return lead.lead_id


def _is_done(submission: Submission, lead: Lead | None, activities: Activities) -> bool:
    """Whether an earlier delivery of this submission made it part of a person already: what was taught since changes nothing about it."""
    if lead is None:
        return False
    activity = _activity_maker(submission, {}, [])(lead.lead_id)
    return lead.created_by == submission.submission_id or activities.has(activity)


def _recognised(
    submission: Submission, said: Mapping[str, str], lead: Lead | None, judgement: Judgement, ports: ResolvePorts
) -> list[str]:
    """Who is known already (cleaning.KNOWN): kept on the timeline; sales is not told a second time (`hand_off` looks for itself)."""
    known = lead is not None and lead.created_by != submission.submission_id
    standings = {said.get("crm_stage"), lead.profile.get("crm_stage") if lead and "crm_stage" not in said else None}
    found = {
        DUPLICATE: known,
        EXISTING_CUSTOMER: is_customer(judgement.listed)
        or (lead is not None and lead.stage == CUSTOMER)
        or EXISTING_CUSTOMER in standings,
        IN_FOLLOW_UP: (known and lead is not None and lead.stage in IN_SALES_HANDS) or IN_FOLLOW_UP in standings,
    }
    return [code for code, holds in found.items() if holds and ports.cleaning.rules.treatment(code) == FLAG]


def _find(keys: Keys, said: Mapping[str, str], people: People) -> Lead | None:
    """Whose the submission is, by its first key that somebody has. One phone with two different addresses may be a switchboard or two colleagues: where
    a key that counts for more differs, they stay two.
    """
    for kind, key in keys.by_kind.items():
        found = people.find(key)
        if found is not None and (kind == EMAIL or not speaks_against(kind, said, found.profile)):
            return found
    return None


def _make(submission: Submission, keys: Keys, activity_of: Callable[[str], Activity], ports: ResolvePorts) -> Lead:
    model, people = ports.model, ports.people
    lead_id = keys.first
    if not lead_id:
        raise NobodysSubmission(submission.submission_id)
    born = to_iso(submission.received_at)
    profile, known_at = merge_profile({}, {}, _said(submission, ports), born, born)
    lead = Lead(
        lead_id=lead_id,
        created_at=submission.received_at,
        created_by=submission.submission_id,
        profile=profile,
        known_at=known_at,
        consent=_merged_consent({}, submission, profile, ports),
        first_touch=_touch(submission),
        last_touch=_touch(submission),
        account=account_id(profile, ports.cleaning.rules.domains),
    )
    # The first score is part of the first write: a captured lead costs one write less.
    lead.score_state, score, lead.grade = _first_score(submission, activity_of(lead_id), model)
    lead.score, lead.fit, lead.interest = score.total, score.fit, score.interest
    lead.score_due = _first_due(lead, activity_of(lead_id), ports)
    if people.create(lead):
        return lead
    found = people.find(lead_id)
    if found is None:
        raise TooMuchTraffic("a key was claimed and is gone")
    return found if found.created_by == submission.submission_id else _update(found, submission, ports)


def _first_due(lead: Lead, first: Activity, ports: ResolvePorts) -> str:
    """When the newcomer is looked at again although nothing happens; "" when never. Score sets the timer once it hears of them."""
    turn = ports.turn(lead, first)
    return min(filter(None, (when_time_tells(lead, ports.model, first.at), to_iso(turn) if turn else "")), default="")


def _first_score(submission: Submission, activity: Activity, model: ScoringModel) -> tuple[State, Score, str]:
    """State, score and grade of somebody of whom only this submission is known, as of its own time: the same whenever it is asked."""
    state = model.add(model.start(), activity)
    born = to_iso(submission.received_at)
    profile, known_at = merge_profile({}, {}, activity.detail["profile"], born, born)
    score = model.read(state, profile, known_at, submission.received_at, submission.received_at)
    return state, score, model.grade(score.total, "cold")


def _first_crossing(submission: Submission, activity: Activity, model: ScoringModel) -> Activity | None:
    """The grade change of somebody whose first post already lifts them out of cold."""
    _, score, grade = _first_score(submission, activity, model)
    if grade == "cold":
        return None
    detail = {"from": "cold", "to": grade, "score": score.total}
    return Activity(
        activity.lead_id, GRADE_CHANGED, submission.received_at, f"first:{submission.submission_id}", detail=detail
    )


def _update(found: Lead, submission: Submission, ports: ResolvePorts) -> Lead:
    """The person with what the submission says. They are looked up by the part that was `found`, which leads to whoever has it now: merges and partings
    may have come in between.
    """
    people = ports.people
    for _ in range(_ATTEMPTS):
        lead = people.find(found.part)
        if lead is None:
            raise TooMuchTraffic("a lead vanished between two reads")
        before = (lead.profile, lead.known_at, lead.consent, lead.last_touch)
        said = _said(submission, ports)
        lead.profile, lead.known_at = merge_profile(
            lead.profile, lead.known_at, said, to_iso(submission.received_at), to_iso(lead.created_at)
        )
        lead.account = account_id(lead.profile, ports.cleaning.rules.domains)
        lead.consent = _merged_consent(lead.consent, submission, lead.profile, ports)
        touch = _touch(submission)
        if touch["at"] >= lead.last_touch.get("at", ""):
            lead.last_touch = touch
        if before == (lead.profile, lead.known_at, lead.consent, lead.last_touch) or people.update_profile(lead):
            return lead
    raise TooMuchTraffic(f"lead {found.part} is written by too many at once")


def _claim_keys(lead: Lead, keys: Keys, submission: Submission, ports: ResolvePorts) -> None:
    """Points every key of the submission at the part of the lead by which they were found. A key that somebody else has says that both are one, where nothing speaks against it."""
    for kind, key in keys.all():
        if (
            key not in (lead.lead_id, lead.part)
            and not ports.people.claim_key(key, lead.part)
            and kind not in (EMAIL, VISITOR)  # whose address it is was asked first; a cookie only links
        ):
            _merge_if_one(lead, kind, key, submission, ports)


def _merge_if_one(lead: Lead, kind: str, key: str, submission: Submission, ports: ResolvePorts) -> None:
    """Somebody known by this key alone, a number say, is the person who now gives an address with it. Two addresses behind one number stay two:
    it may be a switchboard, or colleagues.
    """
    other = ports.people.find(key)
    if other is None or other.lead_id == lead.lead_id or is_role_mailbox(lead.email) or is_role_mailbox(other.email):
        return
    if speaks_against(kind, lead.profile, other.profile, EMAIL, kind):
        return
    from shared.domain.merge import BothWithSales  # late: few posts turn two people into one
    from shared.usecases.merge_people import NotTwo, decide_merge

    try:
        decide_merge(
            lead.lead_id,
            other.lead_id,
            by="ripen",
            why=kind,
            cause=submission.submission_id,
            activities=ports.activities,
            people=ports.people,
            now=submission.received_at,
        )
    except (NotTwo, BothWithSales):
        return


def _adopt_visits(visitor_key: str, lead: Lead, activities: Activities) -> None:
    """What an unknown visitor looked at before is now known to be this person's."""
    for visit in activities.page(visitor_key, limit=100).activities:
        if visit.type == TOUCHPOINT_FOLLOWED:
            activities.append(replace(visit, lead_id=lead.lead_id, detail=lead.line(visit.detail)))
        if visit.type == ANONYMOUS_PAGE_VIEWED:
            activities.append(
                Activity(
                    lead.lead_id,
                    PAGE_VIEWED,
                    visit.at,
                    visit.cause,
                    visit.channel,
                    visit.agent,
                    lead.line({**visit.detail, "before_known": True}),
                )
            )


def _said(submission: Submission, ports: ResolvePorts) -> dict[str, str]:
    said = {name: str(submission.fields[name]) for name in PROFILE_FIELDS if submission.fields.get(name)}
    if "crm_stage" in said:
        said["crm_stage"] = ports.cleaning.rules.crm_standing(said["crm_stage"])
    said["locale"] = submission.meta.get("locale", "")
    return said


def _touch(submission: Submission) -> dict[str, str]:
    touch = {key: str(submission.meta[key]) for key in _TOUCH_KEYS if submission.meta.get(key)}
    return {"at": to_iso(submission.received_at), "form": submission.form, **touch}


def _merged_consent(
    consent: dict[str, dict[str, str]], submission: Submission, profile: dict[str, str], ports: ResolvePorts
) -> dict[str, dict[str, str]]:
    """What the person (of whom `profile` is known) now agrees to."""
    return with_ticked(
        consent,
        submission.meta.get("consents", {}),
        at=to_iso(submission.received_at),
        form=submission.form,
        to_confirm=wants_confirmation(ports.consent, profile),
    )


def _with_question(activity: Activity, lead: Lead) -> Activity:
    """Says on the timeline that the ticked box is still to be confirmed: react asks, and the evidence tells a tick from a yes."""
    if "email" not in activity.detail.get("consents", {}) or not is_pending(lead):
        return activity
    return replace(activity, detail={**activity.detail, "to_confirm": True})


def _activity_maker(submission: Submission, said: Mapping[str, str], flags: Sequence[str]) -> Callable[[str], Activity]:
    detail: dict[str, Any] = {
        "form": submission.form,
        "submission_id": submission.submission_id,
        "conversion_point": submission.meta.get("conversion_point", ""),
        "profile": dict(said),
        "touch": _touch(submission),
    }
    if flags:
        detail["flags"] = list(flags)
    if submission.fields.get("message"):
        detail["message"] = submission.fields["message"]
    if consents := submission.meta.get("consents"):
        # The evidence of consent (GDPR art. 7): text, version, locale, when, from where.
        detail["consents"] = consents
        detail["evidence"] = {
            key: submission.meta[key] for key in ("ip", "user_agent", "form_version") if submission.meta.get(key)
        }

    def make(lead_id: str) -> Activity:
        channel = submission.meta.get("channel") or submission.meta.get("utm_medium") or "form"
        return Activity(
            lead_id, FORM_SUBMITTED, submission.received_at, submission.submission_id, channel, detail=detail
        )

    return make
