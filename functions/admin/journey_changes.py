"""What differs between two versions of a journey, in words: whom it lets in, what ends it, and each step that is new, gone, different or elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from functions.admin.journey_words import Journey, Step, Teller
from functions.admin.present import harmless
from shared.domain.journeys.plan import step_of

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
# The keys that name steps: what is renamed in all of these at once is the same journey.
_NAMES_A_STEP = frozenset({"id", "goto", "else", "then", "timeout", "next", "step"})
# What is said in several lines that stand each for itself.
_LISTS = frozenset({"triggers", "exits"})
Said = Callable[[Teller], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `what` is what the step does (or which part of the journey it is), `where` the place at which a new or moved step stands; `before` and
    `after` are the lines that are said of it no more, and only now.
    """

    kind: str
    what: str
    where: str = ""
    before: Sequence[str] = ()
    after: Sequence[str] = ()


def changes(old: Journey, new: Journey, teller: Teller) -> list[Change]:
    """The differences, first those of the whole journey, then step by step in the order of the new version. Never empty when the texts differ in substance."""
    before, after = replace(teller, journey=old), replace(teller, journey=new)
    return [*_of_the_whole(before, after), *_of_steps(before, after)]


# ------------------------------------------------------------------ the whole


def _of_the_whole(before: Teller, after: Teller) -> Iterator[Change]:
    parts: Sequence[tuple[str, str, Said]] = (
        ("name", "change.name", lambda told: _in_all_languages(told.journey.get("name"))),
        ("description", "change.description", lambda told: _in_all_languages(told.journey.get("description"))),
        ("enabled", "change.enabled", _switched),
        ("triggers", "change.begins", lambda told: told.begins()),
        ("audience", "change.audience", lambda told: told.start().lines[:1]),
        ("entry", "change.entry", lambda told: told.start().lines[1:]),
        ("priority", "change.priority", lambda told: [str(told.journey.get("priority"))]),
        ("exits", "way.leaves", lambda told: told.exits()),
    )
    for key, word, said in parts:
        was, now = before.journey.get(key), after.journey.get(key)
        if was == now:
            continue
        gone, come = _apart(said(before), said(after), was, now)
        if key in _LISTS and not (gone and come):
            yield Change(ADDED if come else REMOVED, after.words[word], "", gone, come)
        else:
            yield Change(CHANGED, after.words[word], "", gone, come)


def _in_all_languages(text: Any) -> list[str]:
    return [harmless(each, 200) for each in text.values()] if isinstance(text, Mapping) else []


def _switched(told: Teller) -> list[str]:
    return [told.words["journeys.live" if told.journey.get("enabled", True) else "journeys.off"]]


def _apart(before: Sequence[str], after: Sequence[str], was: Any, now: Any) -> tuple[list[str], list[str]]:
    """The lines of each side that the other lacks. Where the words are the same although the texts are not, the texts themselves: nothing is hidden."""
    gone, come = [line for line in before if line not in after], [line for line in after if line not in before]
    return (gone, come) if gone or come else ([_text(was)], [_text(now)])


def _text(value: Any) -> str:
    return harmless(json.dumps(value, ensure_ascii=False))


# ------------------------------------------------------------------ steps


def _of_steps(before: Teller, after: Teller) -> Iterator[Change]:
    names = _same_steps(before.journey, after.journey)
    order = [names.get(step["id"], f"-{step['id']}") for step in before.journey["steps"]]
    ids = [step["id"] for step in after.journey["steps"]]
    steps = {names.get(step["id"]): step for step in before.journey["steps"]}
    matched = SequenceMatcher(None, order, ids, autojunk=False).get_opcodes()
    stays = {step for kind, low, high, *_ in matched if kind == "equal" for step in order[low:high]}
    for _, low, high, new_low, new_high in matched:
        for gone in before.journey["steps"][low:high]:
            if gone["id"] not in names:
                yield Change(REMOVED, before.step(gone).title)
        for step in after.journey["steps"][new_low:new_high]:
            yield from _of_step(before, after, steps.get(step["id"]), step, names, moved=step["id"] not in stays)


def _of_step(
    before: Teller, after: Teller, was: Step | None, now: Step, names: Mapping[str, str], *, moved: bool
) -> Iterator[Change]:
    told = after.step(now)
    if was is None:
        yield Change(ADDED, told.title, _place(after, now), (), [*told.lines, *(way.said for way in told.ways)])
        return
    if moved:
        yield Change(MOVED, told.title, _place(after, now))
    if _renamed(was, names) != now:
        yield Change(CHANGED, told.title, "", *_apart(_lines(before, was), _lines(after, now), was, now))
    if was["id"] != now["id"]:
        yield Change(CHANGED, told.title, after.words["change.renamed"], [was["id"]], [now["id"]])


def _place(told: Teller, step: Step) -> str:
    ids = [each["id"] for each in told.journey["steps"]]
    above = ids.index(step["id"]) - 1
    return told.words("change.after", step=told.called(ids[above])) if above >= 0 else told.words["change.first"]


def _lines(told: Teller, step: Step) -> list[str]:
    """All that is said of a step, and what its box leaves out."""
    said = told.step(step)
    return [said.title, *said.lines, *(way.said for way in said.ways), *_small_print(told, step)]


def _small_print(told: Teller, step: Step) -> Iterator[str]:
    if "purpose" in step:
        yield told.words("change.purpose", purpose=told.purpose(step["purpose"]))
    if "template" in step:
        yield told.words("change.template", template=step["template"])
    if "url" in step:
        yield harmless(step["url"], 200)
    if "next" in step:
        yield told.words("change.next", step=told.called(step["next"]))


def _same_steps(old: Journey, new: Journey) -> dict[str, str]:
    """{step of the old version: the same one in the new}: of the same name, else one that differs by nothing but its name."""
    same = {step["id"]: step["id"] for step in old["steps"] if step_of(new, step["id"])}
    others = [step for step in new["steps"] if step["id"] not in same]
    for step in old["steps"]:
        twin = next((each for each in others if {**each, "id": step["id"]} == step), None)
        if step["id"] not in same and twin is not None:
            same[step["id"]] = twin["id"]
            others.remove(twin)
    return same


def _renamed(part: Any, names: Mapping[str, str], key: str = "") -> Any:
    """A step of the old version with the names that steps have in the new one."""
    if isinstance(part, Mapping):
        return {inner: _renamed(value, names, inner) for inner, value in part.items()}
    if isinstance(part, list):
        return [_renamed(each, names, key) for each in part]
    return names.get(part, part) if key in _NAMES_A_STEP and isinstance(part, str) else part
