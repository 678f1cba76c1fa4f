"""What must hold beyond the shape of a file: names that point at something, numbers that fit each other, no box ticked beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

from infra.build.schema import scoring_schema
from shared.authoring.content_yaml import Document, Place
from shared.domain.company_names import company_core
from shared.domain.country_names import bare
from shared.domain.moments import parse_duration
from shared.domain.score_state import FORGOTTEN_AFTER_HALF_LIVES
from shared.domain.segments import wrong_with
from shared.domain.titles import fold

# Two kilobytes of a person's row at most.
_REMEMBERED_AT_MOST = 80
_SHORTEST_CORE = 2


def check_scoring(document: Document) -> None:
    """Rules have their shape and single ids, groups exist, grades descend and cover everything."""
    model = document.data
    before = len(document.found)
    for index, rule in enumerate(model["rules"]):
        shapes = {"behaviour": scoring_schema.BEHAVIOUR, "attribute": scoring_schema.ATTRIBUTE}
        shape = shapes.get(str(rule.get("kind"))) if isinstance(rule, dict) else None
        if shape is None:
            document.report(("rules", index), "a rule is kind: behaviour or kind: attribute", "write one of the two")
        else:
            shape(document, ("rules", index), rule)
    if len(document.found) > before:
        return
    single(document, ("rules",), [rule["id"] for rule in model["rules"]])
    for index, rule in enumerate(model["rules"]):
        if rule.get("group") and rule["group"] not in model["groups"]:
            document.report(
                ("rules", index, "group"),
                f"the group {rule['group']!r} is not declared",
                f"add it under groups: {rule['group']}: highest",
            )
    for name, group in model["groups"].items():
        shape = scoring_schema.GROUP if isinstance(group, str) else scoring_schema.GROUP_WITH_CAP
        shape(document, ("groups", name), group)
    for index, rule in enumerate(model["rules"]):
        _check_involvement(document, ("rules", index, "weight"), rule.get("weight"))
        _check_memory(document, ("rules", index), rule, model["full_value_days"])
    _check_grades(document, model["grades"])
    for name, bands in model.get("matrix", {}).items():
        _check_bands(document, ("matrix", name), [band["enter"] for band in bands])


def check_machines(document: Document) -> None:
    """Networks are networks; names of programs are compared in lower case."""
    for kind in ("mail_filters", "isolation"):
        for name, networks in document.data[kind].items():
            for index, network in enumerate(networks):
                try:
                    ip_network(network)
                except ValueError as error:
                    document.report((kind, name, index), str(error), "write it like 64.235.144.0/20")
    for row, names in enumerate(document.data["agents"]):
        for index, name in enumerate(names):
            if name != name.casefold():
                document.report(("agents", row, index), f"{name!r} is not in lower case", f"write {name.casefold()}")


def check_accounts(document: Document) -> None:
    """Departments have single ids, grades descend and cover everything."""
    single(document, ("committee", "roles"), [role["id"] for role in document.data["committee"]["roles"]])
    _check_grades(document, document.data["grades"])


def _check_involvement(document: Document, place: Place, weight: Any) -> None:
    if weight is None:
        return
    by_steps = isinstance(weight, dict) and "steps" in weight
    before = len(document.found)
    (scoring_schema.WEIGHT_BY_STEPS if by_steps else scoring_schema.WEIGHT_LINEAR)(document, place, weight)
    if len(document.found) == before and not by_steps and weight["least"] > weight["most"]:
        document.report((*place, "least"), "least is more than most", "make least the smaller of the two")


def _check_memory(document: Document, place: Place, rule: Mapping[str, Any], full_value_days: int) -> None:
    """What a score remembers lies in the person's row, so it must stay small however long the history is."""
    cap = rule.get("cap")
    if rule["kind"] != "behaviour" or not cap:
        return
    if not rule["points"]:
        document.report((*place, "points"), "a cap on nothing", "write points, or leave the cap out")
        return
    if "days" not in cap:
        windows = 1
    elif "half_life_days" not in rule:
        document.report(
            (*place, "cap", "days"), "points that never fade fill window after window", "add half_life_days:"
        )
        return
    else:
        windows = -(-(full_value_days + FORGOTTEN_AFTER_HALF_LIVES * rule["half_life_days"]) // cap["days"]) + 1
    remembered = windows * -(-cap["points"] // abs(rule["points"]))
    if remembered > _REMEMBERED_AT_MOST:
        document.report(
            (*place, "cap"),
            f"{remembered} things would be remembered for each person",
            f"keep it to {_REMEMBERED_AT_MOST}: fewer points, longer windows, a shorter half-life",
        )


def _check_bands(document: Document, place: Place, marks: list[int | None]) -> None:
    known = [mark for mark in marks if mark is not None]
    if known != sorted(set(known), reverse=True) or marks[-1] is not None or len(known) != len(marks) - 1:
        document.report(place, "bands do not go from high to low", "put the highest enter first, and enter: null last")


def _check_grades(document: Document, grades: list[dict[str, Any]]) -> None:
    marks = [grade["enter"] for grade in grades]
    if marks[-1] is not None:
        document.report(
            ("grades",), "nothing catches the lowest scores", "let the last grade have enter: null, leave: null"
        )
    for index, grade in enumerate(grades[:-1]):
        if grade["enter"] is None or grade["leave"] is None:
            document.report(
                ("grades", index),
                f"only the last grade may be open below, not {grade['grade']!r}",
                "write its enter: and leave:",
            )
        elif grade["leave"] > grade["enter"]:
            document.report(
                ("grades", index, "leave"),
                f"{grade['grade']!r} is left above where it is entered",
                "make leave no greater than enter",
            )
    known = [mark for mark in marks if mark is not None]
    if known != sorted(set(known), reverse=True):
        document.report(("grades",), "grades do not go from high to low", "put the highest enter first")


def check_cleaning(document: Document) -> None:
    """A company's name leaves something to compare, and nothing is on two lists that contradict each other."""
    policy = document.data
    for group in ("competitors", "test_leads"):
        for index, name in enumerate(policy[group]["companies"]):
            if len(company_core(name)) < _SHORTEST_CORE:
                document.report(
                    (group, "companies", index), f"{name!r} would fit too many companies", "write more of the name"
                )
    for index, domain in enumerate(policy["disposable"]["never"]):
        if domain in policy["disposable"]["also"]:
            document.report(("disposable", "never", index), f"{domain!r} is on both lists", "keep it on one of them")


def check_imports(document: Document) -> None:
    """A column's name stands for one field only."""
    seen: dict[str, str] = {}
    for field, names in document.data["headers"].items():
        for index, name in enumerate(names):
            other = seen.setdefault(fold(name), field)
            if other != field:
                document.report(("headers", field, index), f"{name!r} is {other} and {field}", "keep it in one of them")


def check_titles(document: Document) -> None:
    """No pattern stands for two ranks: which one a title gets would be chance."""
    seen: dict[str, str] = {}
    for level, lines in document.data["levels"].items():
        for row, patterns in enumerate(lines):
            for column, pattern in enumerate(patterns):
                place: Place = ("levels", level, row, column)
                if pattern != fold(pattern):
                    document.report(
                        place, f"{pattern!r} is not in lower case and half width", f"write {fold(pattern)!r}"
                    )
                other = seen.setdefault(fold(pattern), level)
                if other != level:
                    document.report(place, f"{pattern!r} is {other} and {level}", "keep it in one of them")


def check_segment(document: Document) -> None:
    """Its condition asks about what there is, and about a bounded past."""
    for problem in wrong_with(document.data["who"]):
        document.report(("who", *problem.path), problem.what, problem.mend)


def check_consent(document: Document) -> None:
    """Nowhere a box ticked beforehand; rows of regions have members; every footer lets people go."""
    policy = document.data
    rows: dict[Place, dict[str, Any]] = {("rows", name): row for name, row in policy["rows"].items()}
    rows[("default",)] = policy["default"]
    for place, row in rows.items():
        if row["pre_tick"]:
            document.report(
                (*place, "pre_tick"),
                f"{place[-1]}: the marketing box would be ticked beforehand",
                "write pre_tick: false",
            )
        if "unsubscribe" not in row["footer"]:
            document.report((*place, "footer"), f"{place[-1]}: the footer has no way out", "add unsubscribe")
    for region in policy["regions"]:
        if region not in policy["rows"]:
            document.report(("regions", region), f"the region {region!r} has no row", f"add rows: {region}:")


def check_countries(document: Document) -> None:
    """Every time zone exists."""
    zones: dict[Place, str] = {
        ("countries", code, "zone"): row["zone"] for code, row in document.data["countries"].items()
    }
    zones[("default", "zone")] = document.data["default"]["zone"]
    for code, row in document.data["countries"].items():
        zones |= {("countries", code, "also", index): zone for index, zone in enumerate(row.get("also", []))}
    _check_zones(document, zones)


def check_country_names(document: Document, offered: Mapping[str, Any]) -> None:
    """No name stands for two countries, and every country that forms offer can be read."""
    whose: dict[str, str] = {}
    for code, row in document.data.items():
        for name in _names_of(code, row):
            if whose.setdefault(bare(name), code) != code:
                document.report((code,), f"{name!r} is {whose[bare(name)]} too", "take it away from one of them")
    for code, row in offered.items():
        for name in (row["en"], row["zh"]):
            if code not in document.data or whose.get(bare(name), code) != code:
                document.report((), f"the forms' {name!r} ({code}) is not read as {code}", f"add it to {code}")


def names_of_countries(names: Mapping[str, Any], offered: Mapping[str, Any]) -> dict[str, str]:
    """{name or code as it is compared: code}, with the names by which forms offer countries."""
    found = {bare(name): code for code, row in names.items() for name in _names_of(code, row)}
    return found | {bare(row[locale]): code for code, row in offered.items() for locale in ("en", "zh")}


def _names_of(code: str, row: Mapping[str, Any]) -> list[str]:
    return [code, row["en"], row["zh"], row["de"], *row.get("also", [])]


def _check_zones(document: Document, zones: Mapping[Place, str]) -> None:
    for place, zone in zones.items():
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):
            document.report(place, f"there is no time zone {zone!r}", "write one like Europe/Berlin")


def check_sales(document: Document) -> None:
    """Every owner has a manager, a warning comes before the escalation, some advice always fits."""
    policy = document.data
    for index, member in enumerate(policy["team"]):
        if member["manager"] not in policy["managers"]:
            document.report(
                ("team", index, "manager"), f"there is no manager {member['manager']!r}", "add them under managers:"
            )
    _check_zones(document, {("team", index, "zone"): member["zone"] for index, member in enumerate(policy["team"])})
    roles = {member.get("role") for member in policy["team"]}
    for index, rule in enumerate(policy["pick_up"]):
        if rule["role"] not in roles:
            document.report(
                ("pick_up", index, "role"),
                f"nobody of the team is {rule['role']!r}",
                f"write role: {rule['role']} there",
            )
    single(document, ("team",), [member["owner"] for member in policy["team"]])
    if parse_duration(policy["followup"]["remind_after"]) >= parse_duration(policy["followup"]["escalate_after"]):
        document.report(
            ("followup", "remind_after"), "the reminder would come after the escalation", "make remind_after shorter"
        )
    last = len(policy["next_steps"]) - 1
    for index, step in enumerate(policy["next_steps"]):
        if "when" not in step and index < last:
            document.report(
                ("next_steps", index + 1), "this advice is never given: the one before always fits", "move it up"
            )
    if "when" in policy["next_steps"][last]:
        document.report(("next_steps", last), "some leads get no advice", "end with an entry without when:")


def single(document: Document, place: Place, names: list[str]) -> None:
    """Each of `names` stands there once."""
    for index, name in enumerate(names):
        if name in names[:index]:
            document.report((*place, index), f"{name!r} stands twice in {place[-1]}", "give each its own name")
