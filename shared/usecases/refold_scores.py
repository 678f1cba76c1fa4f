"""The rules were corrected: everybody's score is folded anew from the timeline, in the background, a page of people a step.

Without it people are folded anew when something next happens to them; who is silent keeps the old score until then. Each step is a message on the
due queue that names the step, and the walk's row says which is next: a message that comes twice does its page again, which changes nothing, and
sends the next message again, which is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.ids import stable_id
from shared.domain.moments import to_iso
from shared.domain.score_walk import DONE, WALKING, ScoreWalk
from shared.usecases.keep_segments import SegmentPorts, ask
from shared.usecases.score_activities import ScorePorts, fold_anew

if TYPE_CHECKING:
    from shared.store.score_walks import ScoreWalks

KIND = "score_walk"


class WalkPorts(NamedTuple):
    """What walking touches; `version` names the rules in force."""

    version: Callable[[], str]
    walks: ScoreWalks
    scores: ScorePorts
    segments: SegmentPorts
    page: int = 50
    """People in a step: it ends well within the function's time."""


def begin(by: str, ports: WalkPorts, now: datetime) -> ScoreWalk:
    """Sets a walk going. One by the same rules that is still on its way goes on instead, and is sent on should it have stopped."""
    present, version = ports.walks.get(), ports.version()
    if present is not None and (present.version, present.status) == (version, WALKING):
        _send(present, ports, now)
        return present
    walked = {"step": 0, "seen": 0, "changed": 0, "after": None}
    fresh = ScoreWalk(version, now, by, WALKING, walked)
    if not ports.walks.begin(fresh, replaces=present):
        return ports.walks.get() or fresh
    _send(fresh, ports, now)
    return fresh


def _send(walk: ScoreWalk, ports: WalkPorts, now: datetime) -> None:
    begun = to_iso(walk.begun_at)
    body = {"kind": KIND, "begun": begun, "step": walk.step}
    ports.scores.alarm.set(stable_id(KIND, begun, str(walk.step), to_iso(now)), now, body, now)


def take_step(body: dict[str, Any], ports: WalkPorts, now: datetime) -> None:
    """One page of the walk, if it is still its next or was its last."""
    walk = ports.walks.get()
    if walk is None or walk.status != WALKING or to_iso(walk.begun_at) != body["begun"]:
        return
    if walk.step == int(body["step"]) + 1:
        _send(walk, ports, now)
    if walk.step != int(body["step"]):
        return
    walked = _fold_page(walk, ports, now)
    if walked["after"] is None:
        ports.walks.walk_on(walk, walked, DONE)
        return
    # Where the row has moved already it may have been by this very write, whose answer was lost; a message too many finds nothing to do.
    ports.walks.walk_on(walk, walked, WALKING)
    _send(replace(walk, walked=walked), ports, now)


def _fold_page(walk: ScoreWalk, ports: WalkPorts, now: datetime) -> dict[str, Any]:
    """How far the walk is behind its next page; no ``after``: that was the last. Who comes meanwhile is folded by the rules in force."""
    page = ports.scores.people.page(ports.page, walk.walked.get("after"))
    cause = stable_id(KIND, to_iso(walk.begun_at))
    changed = sum(fold_with_segments(lead_id, cause, ports.scores, ports.segments, now) for lead_id in page.ids)
    return {
        "step": walk.step + 1,
        "seen": walk.seen + len(page.ids),
        "changed": walk.changed + changed,
        "after": page.last,
    }


def fold_with_segments(lead_id: str, cause: str, scores: ScorePorts, segments: SegmentPorts, now: datetime) -> bool:
    """Folds somebody anew; then the segments are asked, also when nothing changed: it may have been changed by somebody who died before asking."""
    changed = fold_anew(lead_id, cause, scores, now)
    if in_force := segments.book.in_force(segments, now):
        ask(lead_id, in_force, segments, now)
    return changed
