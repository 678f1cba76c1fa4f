"""How long a wait lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from shared.domain.moments import parse_duration

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def wait_ends(step: Mapping[str, Any], now: datetime, zone: Callable[[], tzinfo]) -> datetime:
    """When a wait that begins now is over at the latest: after ``for`` (or ``at_most`` of an event), then at the next hour that ``until`` allows."""
    length = step.get("for") or step.get("at_most")
    ends = now + (parse_duration(length) if length else timedelta())
    return next_opening(step["until"], ends, zone()) if "until" in step else ends


def next_opening(until: Mapping[str, Any], moment: datetime, zone: tzinfo) -> datetime:
    """The first moment not before `moment` that is on one of the weekdays and at the hour on the wall of `zone`.

    The hour is the wall's, so a day with a daylight-saving change is right; an hour that such a day leaves out is taken as if it stood there.
    """
    hour, minute = map(int, until["at"].split(":"))
    days = until.get("days", WEEKDAYS)
    local = moment.astimezone(zone)
    for ahead in range(8):
        day = (local + timedelta(days=ahead)).date()
        opening = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(moment.tzinfo)
        if WEEKDAYS[day.weekday()] in days and opening >= moment:
            return opening
    raise ValueError(f"no weekday among {days!r}")
