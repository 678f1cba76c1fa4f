"""Was it a person? What a request that opens or clicks says about who made it, and what several together say (templates/policies/machines.yaml).

A single request may give itself away at once. Filters that behave like a browser only do so by what they do: they follow link after link within seconds, or a
link that nobody can see. Then what was taken for a person's is taken back, by an activity that names the mail and the span (`touches_voided`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from shared.domain.ids import stable_id
from shared.domain.moments import from_iso, to_iso
from shared.domain.timeline import (
    EMAIL_CLICKED,
    EMAIL_OPENED,
    HUMAN,
    MACHINE,
    PROBABLE_MACHINE,
    TOUCHES_VOIDED,
    Activity,
)

Policy = Mapping[str, Any]
SWEEP, HIDDEN_LINK = "sweep", "hidden_link"

_BOT = re.compile(r"bot\b|crawler|spider|slurp|barracuda|proofpoint|mimecast|safelinks|fireeye", re.IGNORECASE)
_CHROMIUM = re.compile(r"Chrome/\d")
# What Apple's privacy proxy calls itself, and nobody else.
_NAMELESS = "Mozilla/5.0"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; `headers` have lower-case names."""

    method: str
    headers: Mapping[str, str]
    ip: str = ""

    @property
    def agent(self) -> str:
        return self.headers.get("user-agent", "").strip()


def judge_request(method: str, headers: Mapping[str, str]) -> str:
    """human, probable_machine or machine, by what any request says; `headers` have lower-case names.

    A Chromium that sends no ``Sec-Fetch-*`` over https is a script that borrows its name. A missing or unknown agent decides nothing: mail programs
    are many and some say little.
    """
    agent = headers.get("user-agent", "")
    if method == "HEAD" or "prefetch" in headers.get("sec-purpose", headers.get("purpose", "")):
        return MACHINE
    if _BOT.search(agent):
        return MACHINE
    secure = headers.get("x-forwarded-proto", "") == "https"
    if secure and _CHROMIUM.search(agent) and not any(name.startswith("sec-fetch-") for name in headers):
        return PROBABLE_MACHINE
    return HUMAN


def judge_touch(kind: str, request: Request, age: timedelta | None, policy: Policy) -> str:
    """Who opened (EMAIL_OPENED) or clicked (EMAIL_CLICKED) a mail that was delivered `age` ago (None: nobody knows when)."""
    agent = request.agent.casefold()
    if kind == EMAIL_OPENED and any(name in agent for name in policy["proxies"]):
        return HUMAN
    judged = judge_request(request.method, request.headers)
    if judged != HUMAN:
        return judged
    if any(name in agent for name in policy["agents"]) or _is_in(request.ip, policy["mail_filters"]):
        return MACHINE
    if kind == EMAIL_OPENED and request.agent in ("", _NAMELESS):
        # Nobody knows whether somebody looked.
        return PROBABLE_MACHINE
    return PROBABLE_MACHINE if _is_too_fast(kind, request, age, policy["windows"], policy["isolation"]) else HUMAN


def _is_too_fast(
    kind: str, request: Request, age: timedelta | None, windows: Policy, isolation: Mapping[str, Sequence[str]]
) -> bool:
    if age is None:
        return False
    seconds = age.total_seconds()
    if seconds <= windows["isolation"] and _is_in(request.ip, isolation):
        return True
    within = seconds <= windows["open" if kind == EMAIL_OPENED else "click"]
    return within and (windows["decide_alone"] or not request.agent)


def _is_in(address: str, networks: Mapping[str, Sequence[str]]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network) for each in networks.values() for network in each)


# ------------------------------------------------------------------ taking back


@dataclass(frozen=True, slots=True)
class Void:
    """Opens and clicks of one mail in a span that were not a person's: `agent` is what they were, `reason` is sweep or hidden_link."""

    lead_id: str
    message_id: str
    since: datetime
    until: datetime
    agent: str
    reason: str

    def covers(self, activity: Activity) -> bool:
        return (
            activity.type in (EMAIL_OPENED, EMAIL_CLICKED)
            and activity.detail.get("message_id") == self.message_id
            and self.since <= activity.at <= self.until
        )

    def as_activity(self, at: datetime) -> Activity:
        """The row of the timeline. The same sweep is the same row, and so are all hits of a mail's hidden link within an hour."""
        detail = {
            "message_id": self.message_id,
            "from": to_iso(self.since),
            "until": to_iso(self.until),
            "agent": self.agent,
            "reason": self.reason,
        }
        cause = stable_id(self.reason, self.message_id, detail["from"] if self.reason == SWEEP else "")
        return Activity(self.lead_id, TOUCHES_VOIDED, at, cause, "email", MACHINE, detail)


def void_of(activity: Activity) -> Void | None:
    """What the activity takes back, None for any other."""
    if activity.type != TOUCHES_VOIDED:
        return None
    detail = activity.detail
    since, until = from_iso(detail["from"]), from_iso(detail["until"])
    return Void(activity.lead_id, detail["message_id"], since, until, detail["agent"], detail["reason"])


def hidden_link_hit(lead_id: str, message_id: str, at: datetime, policy: Policy) -> Void:
    """Somebody followed a link that no person sees."""
    around = timedelta(seconds=policy["hidden_link_seconds"])
    return Void(lead_id, message_id, at - around, at + around, MACHINE, HIDDEN_LINK)


def sweeps(clicks: Iterable[Activity], policy: Policy) -> list[Void]:
    """The sweeps among `clicks` of one person, whoever they were taken for: three or more different links of one mail, each within seconds of the last."""
    rule = policy["sweep"]
    pause, before = timedelta(seconds=rule["seconds"]), timedelta(seconds=rule["before"])
    found = []
    by_mail: dict[str, list[Activity]] = {}
    for click in sorted(clicks, key=lambda each: (each.at, each.cause)):
        if click.type == EMAIL_CLICKED:
            by_mail.setdefault(str(click.detail.get("message_id", "")), []).append(click)
    for message_id, each in by_mail.items():
        for run in _runs(each, pause):
            if len({click.detail.get("link") for click in run}) >= rule["links"]:
                since, until = run[0].at - before, run[-1].at + pause
                found.append(Void(run[0].lead_id, message_id, since, until, PROBABLE_MACHINE, SWEEP))
    return found


def _runs(clicks: Sequence[Activity], pause: timedelta) -> list[list[Activity]]:
    runs: list[list[Activity]] = []
    for click in clicks:
        if runs and click.at - runs[-1][-1].at <= pause:
            runs[-1].append(click)
        else:
            runs.append([click])
    return runs


def who_it_was(activity: Activity, voids: Iterable[Void]) -> str:
    """The agent of an activity, in the light of what became known later."""
    if activity.agent != HUMAN:
        return activity.agent
    return next((void.agent for void in voids if void.covers(activity)), HUMAN)


def by_people(activities: Iterable[Activity]) -> list[Activity]:
    """The activities without the touches that others among them take back."""
    found = list(activities)
    voids = [void for each in found if (void := void_of(each))]
    return [each for each in found if not any(void.covers(each) for void in voids)]


# From a click to the line that takes it back: the clicks are gathered for some seconds before they are judged.
_JUDGED_AFTER = timedelta(seconds=20)


def doubt_of(policy: Policy) -> timedelta:
    """How long after a touch a sweep that it was part of is known for one."""
    rule = policy["sweep"]
    return _JUDGED_AFTER + timedelta(seconds=max(rule["links"] * rule["seconds"], rule["before"]))
