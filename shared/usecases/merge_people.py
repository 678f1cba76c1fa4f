"""Two people turn out to be one, and perhaps two again.

The decision is an activity on the survivor's timeline (the union log); what follows is done by whoever reads it from the stream, as often as it
comes. The absorbed row is claimed first: from then on its id and all its keys lead to the survivor. Its timeline moves to the survivor, each line
naming whence it came (`via`), so that parting sends it back. A no of either stays a no for both, also when they are parted again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.merge import consent_after_parting, merged_profile, stricter_consent, survivor_first
from shared.domain.moments import to_iso
from shared.domain.reach import addresses_of, same_channel_keys
from shared.domain.scoring import ScoringModel, profile_as_of
from shared.domain.suppression import WHITELIST, Suppression
from shared.domain.timeline import PEOPLE_MERGED, PEOPLE_PARTED, Activity
from shared.domain.traffic import TooMuchTraffic

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.people import People, PersonRow
    from shared.store.suppressions import Suppressions
    from shared.usecases.walk_journey import JourneyPorts

_ATTEMPTS = 8


class MergePorts(NamedTuple):
    """What merging touches."""

    model: ScoringModel
    people: People
    activities: Activities
    suppressions: Suppressions
    account_of: Callable[[Mapping[str, str]], str]
    """The account of a profile: who merges changes the address that says it."""
    journeys: JourneyPorts


class NotTwo(Exception):
    """The two ids are one person already, or one of them is nobody."""


def decide_merge(
    one_id: str, other_id: str, by: str, why: str, cause: str, activities: Activities, people: People, now: datetime
) -> str:
    """Writes the decision that both are one; returns the survivor's id. Raises NotTwo, BothWithSales."""
    one, other = people.find(one_id), people.find(other_id)
    if one is None or other is None or one.lead_id == other.lead_id:
        raise NotTwo
    stays, goes = survivor_first(one, other)
    detail = {"absorbed": goes.lead_id, "by": by, "why": why}
    activities.append(
        Activity(stays.lead_id, PEOPLE_MERGED, now, stable_id("merge", goes.lead_id, cause), detail=detail)
    )
    return stays.lead_id


def decide_parting(
    lead_id: str, absorbed_id: str, by: str, activities: Activities, people: People, now: datetime
) -> None:
    """Writes the decision that they are two after all. Raises NotTwo when `absorbed_id` is not part of that person."""
    lead, row = people.find(lead_id), people.row(absorbed_id)
    if lead is None or row is None or row.lead.lead_id not in lead.members or row.merge.get("into") != lead.lead_id:
        raise NotTwo
    detail = {"absorbed": absorbed_id, "by": by, "merge": row.merge["id"]}
    activities.append(Activity(lead.lead_id, PEOPLE_PARTED, now, row.merge["id"], detail=detail))


def merge_people(activity: Activity, ports: MergePorts, now: datetime) -> None:
    """Does what a PEOPLE_MERGED says. Repeating it completes it; after a parting it does nothing any more."""
    from shared.usecases import take_along  # late: whoever decides, or forwards a line, walks no journey

    merge_id, goes_id = activity.cause, str(activity.detail["absorbed"])
    stays = ports.people.find(activity.lead_id)
    row = ports.people.row(goes_id)
    if stays is None or row is None or merge_id in row.undone:
        return
    if not row.merge:
        if stays.lead_id == goes_id:
            return
        merge: dict[str, Any] = {
            "id": merge_id,
            "into": stays.lead_id,
            "at": to_iso(activity.at),
            "consent": stays.consent,
            "addresses": addresses_of(stays),
        }
        if not ports.people.absorb(row.lead, merge):
            raise TooMuchTraffic("somebody writes the person who is merged")
        row.merge = merge
    if row.merge["id"] != merge_id:
        return
    stays_id = str(row.merge["into"])
    _fold(goes_id, row.merge, ports)
    _share_refusals(addresses_of(row.lead), row.merge["addresses"], ports)
    take_along.leave_with(goes_id, stays_id, merge_id, activity.at, ports.journeys, now)
    move_timeline(goes_id, stays_id, ports.activities)
    take_along.arrive_with(goes_id, stays_id, merge_id, ports.journeys, now)


def _fold(goes_id: str, merge: dict[str, Any], ports: MergePorts) -> None:
    """Takes the absorbed record into the survivor's, once."""
    for _ in range(_ATTEMPTS):
        stays, row = ports.people.find(merge["into"]), ports.people.row(goes_id)
        if stays is None or row is None or goes_id in stays.members:
            return
        stays.profile, stays.known_at = merged_profile(stays, row.lead)
        stays.account = ports.account_of(stays.profile)
        stays.consent = stricter_consent(stays, row.lead)
        stays.members = [*stays.members, goes_id, *row.lead.members]
        stays.first_touch = min(stays.first_touch, row.lead.first_touch, key=lambda touch: touch.get("at", "9"))
        stays.last_touch = max(stays.last_touch, row.lead.last_touch, key=lambda touch: touch.get("at", ""))
        if ports.people.update_merged(stays):
            return
    raise TooMuchTraffic("the survivor is written by too many at once")


def _share_refusals(one: Mapping[str, str], other: Mapping[str, str], ports: MergePorts) -> None:
    """Whoever said no under one address is not written to under the other, channel by channel."""
    for keys in same_channel_keys(one, other):
        for row in ports.suppressions.on(keys):
            for key in keys:
                if row.list != WHITELIST and key != row.address:
                    ports.suppressions.add(Suppression(key, row.list, row.channel, row.at, row.reason, "merge"))


def move_timeline(from_id: str, to_id: str, activities: Activities) -> None:
    """Moves every line; one that was moved and not yet deleted is moved again, which changes nothing."""
    for activity in activities.whole(from_id):
        via = [*activity.detail.get("via", ()), from_id]
        moved = replace(activity, lead_id=to_id, detail={**activity.detail, "via": via, "again": True})
        activities.move(activity, moved)


def forward(fresh: Sequence[Activity], lead: Lead, activities: Activities) -> None:
    """Lines that came late, by an old link, under the id of somebody who was merged meanwhile: they move to where they belong."""
    for activity in fresh:
        if activity.lead_id != lead.lead_id:
            path = [activity.lead_id, *(each for each in lead.via if each != activity.lead_id)]
            detail = {**activity.detail, "via": [*activity.detail.get("via", ()), *path], "again": True}
            moved = replace(activity, lead_id=lead.lead_id, detail=detail)
            activities.move(activity, moved)


def bring_home(activity: Activity, ports: MergePorts) -> None:
    """Moves a line that was written under the id of somebody who was merged to where they are now."""
    lead = ports.people.find(activity.lead_id)
    if lead is not None:
        forward([activity], lead, ports.activities)


def part_people(activity: Activity, ports: MergePorts, now: datetime) -> None:
    """Does what a PEOPLE_PARTED says: the absorbed row is a person again, with the lines that came from it, in the journeys that it brought."""
    from shared.usecases import take_along  # late, as above

    goes_id, merge_id = str(activity.detail["absorbed"]), str(activity.detail["merge"])
    row = ports.people.row(goes_id)
    if row is None or (row.merge and row.merge["id"] != merge_id):
        return
    stays = ports.people.find(activity.lead_id)
    if stays is not None:
        take_along.leave_again(stays.lead_id, goes_id, merge_id, activity.at, ports.journeys, now)
    if row.merge:
        _part(row, merge_id, ports)
    if stays is not None:
        _send_back(stays.lead_id, goes_id, ports.activities)
        take_along.arrive_with(stays.lead_id, goes_id, take_along.parting_of(merge_id), ports.journeys, now)


def _part(row: PersonRow, merge_id: str, ports: MergePorts) -> None:
    """The survivor first, then the claim: whoever dies in between does both again from the same lines."""
    goes, merge = row.lead, row.merge
    for _ in range(_ATTEMPTS):
        stays = ports.people.find(merge["into"])
        if stays is None:
            return
        lines = list(ports.activities.whole(stays.lead_id))
        goes.consent = consent_after_parting(goes.consent, stays.consent, merge["at"])
        stays.consent = consent_after_parting(merge["consent"], stays.consent, merge["at"])
        _as_told([each for each in lines if goes.lead_id not in each.detail.get("via", ())], stays, ports.model)
        _as_told([each for each in lines if goes.lead_id in each.detail.get("via", ())], goes, ports.model)
        goes.account, stays.account = ports.account_of(goes.profile), ports.account_of(stays.profile)
        stays.members = [each for each in stays.members if each != goes.lead_id and each not in goes.members]
        if ports.people.update_merged(stays) and ports.people.release(goes, merge, [*row.undone, merge_id]):
            return
    raise TooMuchTraffic("the two are written by too many at once")


def _as_told(lines: list[Activity], lead: Lead, model: ScoringModel) -> None:
    """Profile and score as these lines tell them."""
    if lines:
        lead.profile, known_at = profile_as_of(lines, max(each.at for each in lines))
        born = to_iso(lead.created_at)
        lead.known_at = {name: at for name, at in known_at.items() if at != born}
        lead.score_state = model.replay(lines)


def _send_back(stays_id: str, goes_id: str, activities: Activities) -> None:
    for each in activities.whole(stays_id):
        via = list(each.detail.get("via", ()))
        if goes_id not in via:
            continue
        rest = via[: via.index(goes_id)]
        detail = {name: value for name, value in each.detail.items() if name != "via"} | {"again": True}
        detail |= {"via": rest} if rest else {}
        activities.move(each, replace(each, lead_id=goes_id, detail=detail))
