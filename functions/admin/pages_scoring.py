"""Scores: the rules in force, and how far everybody was folded anew by them."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import SCORING
from functions.admin.gate import Call, Gate
from functions.admin.present import harmless, moment
from functions.admin.views import Words, after, checked_form, problem_page, show, words_for
from shared.domain.score_walk import WALKING, ScoreWalk
from shared.runtime import content
from shared.runtime.wiring import wiring


def scoring(call: Call) -> Response:
    """What the rules are called, and the last time that everybody was scored anew."""
    walk, version, words = wiring.walk_ports.walks.get(), content.rules_version(), words_for(call)
    return show(call, "scoring", version=version, walk=_walk(walk, version, words) if walk else None)


def _walk(walk: ScoreWalk, version: str, words: Words) -> dict[str, Any]:
    walking = walk.status == WALKING
    status = {"kind": "wait" if walking else "good", "text": words["scoring.walking" if walking else "scoring.done"]}
    return {
        "walking": walking and walk.version == version,
        "status": status,
        "older": walk.version != version,
        "seen": walk.seen,
        "changed": walk.changed,
        "at": moment(walk.begun_at),
        "by": harmless(walk.begun_by, 60),
    }


def act_on_scoring(call: Call) -> Response:
    """Has everybody scored anew; one that stopped is sent on."""
    checked_form(call)
    desk.do_fold_scores(call)
    return after(call, "/scoring", "folding")


def register(gate: Gate) -> None:
    """The page of the scores."""
    gate.page("GET", "/scoring", SCORING, scoring, problem_page)
    gate.page("POST", "/scoring", SCORING, act_on_scoring, problem_page)
