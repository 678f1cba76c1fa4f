"""The gate: may this message go to this person now? Asked at the moment of sending, never before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.budget import Spend, money
from shared.domain.calling_codes import country_of_number
from shared.domain.consent_policy import likely_country
from shared.domain.contactable import contactable
from shared.domain.journeys.arbitration import SOON, Rival
from shared.domain.lead import Lead
from shared.domain.message import COUNTED, INTERNAL, MARKETING, SMS, MessageOrder, Receipt
from shared.domain.moments import to_iso
from shared.domain.sms import country_of, sender_for
from shared.domain.suppression import Suppression

ALLOW, REFUSE, DEFER = "allow", "refuse", "defer"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` are refusal codes in the order of the questions (why it is refused or deferred); `checks` each question with its answer."""

    outcome: str
    reasons: tuple[str, ...]
    checks: tuple[str, ...]
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the gate looks at. `journey_over` says why the journey no longer wants this mail ("" when it does); `spend` is the month's
    so far (None: not asked, as for mail that no budget stops). `rivals` are the mails of other journeys that go before this one.
    """

    order: MessageOrder
    lead: Lead
    now: datetime
    suppressions: Sequence[Suppression] = ()
    receipts: Sequence[Receipt] = ()
    journey_over: str = ""
    spend: Spend | None = None
    rivals: Sequence[Rival] = ()

    @property
    def channel(self) -> str:
        """The channel that the order names."""
        return self.order.channel


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_QUIET = 30  # steps from one quiet stretch to the next before we conclude that it is never day in all zones


def zones_of(lead: Lead, policy: Mapping[str, Any]) -> list[ZoneInfo]:
    """The time zones in which the person may be: those of the country they gave, else of their phone number's, else the policy's default.
    The first is the likeliest.
    """
    zones = policy["zones"]
    number = lead.profile.get("phone_key") or lead.profile.get("phone", "")
    country = lead.country or country_of_number(number, policy["calling_codes"])
    return [ZoneInfo(name) for name in zones.get(country) or zones["default"]]


def zone_of(lead: Lead, policy: Mapping[str, Any]) -> ZoneInfo:
    """The person's likeliest time zone."""
    return zones_of(lead, policy)[0]


def decide(facts: Facts, policy: Mapping[str, Any]) -> Verdict:
    """The verdict on one message, with `policy` = templates/policies/sending.yaml."""
    order = facts.order
    if order.klass == INTERNAL:
        return Verdict(ALLOW, (), ("internal: to the company's own people",))
    reasons = contactable(facts.lead, facts.suppressions, order.klass, facts.now, facts.channel)
    checks = [
        _consent_check(facts),
        f"suppression: {'found' if {'suppressed', 'unsubscribed'} & set(reasons) else 'none'}",
    ]
    reasons += _country(facts, policy, checks)
    reasons += _duplicate(facts, policy, checks)
    if facts.journey_over and order.klass == MARKETING:
        reasons.append("journey_ended")
        checks.append(f"journey: over ({facts.journey_over})")
    if facts.spend is not None and order.klass == MARKETING:
        # What a person asked for and what our own people must know goes out whatever it costs.
        reasons += ["budget"] if facts.spend.is_used_up else []
        checks.append(f"budget: {facts.spend.percent} % of {money(facts.spend.budget)} used")
    if reasons or order.klass != MARKETING:
        return Verdict(REFUSE if reasons else ALLOW, tuple(reasons), tuple(checks))
    return _when(facts, policy, checks)


def _consent_check(facts: Facts) -> str:
    if facts.order.klass != MARKETING:
        return "consent: not needed, the person asked for this"
    consent = facts.lead.consent.get(facts.channel, {})
    return f"consent: {consent.get('state', 'never given')}{' at ' + consent['at'] if consent.get('at') else ''}"


def _country(facts: Facts, policy: Mapping[str, Any], checks: list[str]) -> list[str]:
    """`country_rule` where no marketing goes, and where no sender of text messages is registered."""
    if facts.channel == SMS and sender_for(policy["sms"], facts.lead.profile) is None:
        checks.append(f"country: no text messages to {country_of(facts.lead.profile) or 'an unknown country'}")
        return ["country_rule"]
    country = likely_country(facts.lead.profile)
    if facts.order.klass == MARKETING and country in policy["closed_countries"]:
        checks.append(f"country: no marketing to {country}")
        return ["country_rule"]
    return []


def _duplicate(facts: Facts, policy: Mapping[str, Any], checks: list[str]) -> list[str]:
    """`duplicate` when another order has just brought this person the same words: two journeys with one mail, or two records that became one person."""
    order, since = facts.order, facts.now - timedelta(days=policy["same_words_after_days"])
    if order.klass != MARKETING or not any(_says_the_same(receipt, order, since) for receipt in facts.receipts):
        return []
    checks.append(f"duplicate: {order.template} was sent in the last {policy['same_words_after_days']} days")
    return ["duplicate"]


def _says_the_same(receipt: Receipt, order: MessageOrder, since: datetime) -> bool:
    same = (receipt.template, receipt.channel) == (order.template, order.channel)
    return same and receipt.message_id != order.message_id and receipt.status in COUNTED and receipt.at > since


def _when(facts: Facts, policy: Mapping[str, Any], checks: list[str]) -> Verdict:
    free_at, reasons = facts.now, []
    capped_until = _cap_ends(facts, policy["caps"]["marketing"])
    checks.append(f"frequency: {'free' if capped_until is None else 'capped until ' + to_iso(capped_until)}")
    if capped_until is None:
        capped_until = _after_rivals(facts, policy["caps"]["marketing"], checks)
    if capped_until is not None:
        reasons.append("frequency_cap")
        free_at = capped_until
    awake_at = _awake(free_at, zones_of(facts.lead, policy), policy)
    checks.append(f"quiet hours: {'no' if awake_at is None else 'until ' + to_iso(awake_at)}")
    if awake_at is not None:
        reasons.append("quiet_hours")
        free_at = awake_at
    if not reasons:
        return Verdict(ALLOW, (), tuple(checks))
    expires = facts.order.queued_at + timedelta(days=policy["defer_days"])
    return Verdict(DEFER if free_at <= expires else REFUSE, tuple(reasons), tuple(checks), free_at)


def _cap_ends(facts: Facts, caps: Mapping[str, int]) -> datetime | None:
    """When the caps next leave room, None when they do now. Days are the last 24 hours, so that midnight opens no door."""
    return _room_for_one_more(_sent(facts), facts.now, caps)


def _after_rivals(facts: Facts, caps: Mapping[str, int], checks: list[str]) -> datetime | None:
    """When to ask again because the room that the caps leave belongs to others; None when there is room behind them."""
    if not facts.rivals:
        return None
    names = ", ".join(f"{rival.journey} ({rival.priority})" for rival in facts.rivals)
    if _room_for_one_more([*_sent(facts), *(facts.now for _ in facts.rivals)], facts.now, caps) is None:
        checks.append(f"priority: room for this mail too beside {names}")
        return None
    checks.append(f"priority: behind {names}")
    return max(facts.now, *(rival.at for rival in facts.rivals)) + SOON


def _sent(facts: Facts) -> list[datetime]:
    """When the marketing mails that count against the caps went out, oldest first."""
    return sorted(
        receipt.at
        for receipt in facts.receipts
        if receipt.klass == MARKETING and receipt.status in COUNTED and receipt.message_id != facts.order.message_id
    )


def _room_for_one_more(sent: Sequence[datetime], now: datetime, caps: Mapping[str, int]) -> datetime | None:
    ends = [
        recent[-limit] + window
        for window, limit in ((timedelta(days=1), caps["per_day"]), (timedelta(days=7), caps["per_7_days"]))
        if len(recent := [at for at in sent if at > now - window]) >= limit
    ]
    return max(ends, default=None)


def _awake(moment: datetime, zones: Sequence[ZoneInfo], policy: Mapping[str, Any]) -> datetime | None:
    """When it is next neither quiet hour nor quiet day in any of the zones; None when that is so at `moment`."""
    at = moment
    for _ in range(_LONGEST_QUIET):
        ends = [
            end
            for zone in zones
            if (end := _quiet_ends(at, zone, policy["quiet_hours"]) or _day_ends(at, zone, policy["quiet_days"]))
        ]
        if not ends:
            return at if at > moment else None
        at = max(ends)
    return _awake(moment, zones[:1], policy) if len(zones) > 1 else at


def _day_ends(moment: datetime, zone: ZoneInfo, quiet_days: Sequence[str]) -> datetime | None:
    """The next midnight in the zone when `moment` falls on a quiet day."""
    local = moment.astimezone(zone)
    if _WEEKDAYS[local.weekday()] not in quiet_days:
        return None
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight.astimezone(moment.tzinfo)


def _quiet_ends(moment: datetime, zone: ZoneInfo, quiet: Mapping[str, str]) -> datetime | None:
    """The end of the quiet hours that `moment` falls into, in the person's zone; None when it falls into none."""
    local = moment.astimezone(zone)
    clock, begin, end = f"{local:%H:%M}", quiet["from"], quiet["to"]
    within = clock >= begin or clock < end if begin > end else begin <= clock < end
    if not within:
        return None
    hour, minute = map(int, end.split(":"))
    wake = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    # Wall-clock arithmetic in the zone, so that a night with a daylight-saving change still ends at the hour on the wall.
    if clock >= end:
        wake += timedelta(days=1)
    return wake.astimezone(moment.tzinfo)
