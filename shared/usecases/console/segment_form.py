"""A condition as rows of a form: groups of rows, all or any of each, and back again. A condition of another shape is edited as it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.condition_fields import CHOICE, MANY, MOMENT, NUMBER, PERSON, TEXT, YES_NO, Field
from shared.domain.segments import wrong_with
from shared.domain.text import fold

MAX_GROUPS, MAX_ROWS = 4, 8
DID = "did:"
TIMES, NEVER = "times", "never"
# What is asked of each deed: the detail that tells one from another.
DETAIL_OF = {
    "page_viewed": "path",
    "form_submitted": "form",
    "email_opened": "template",
    "email_clicked": "link",
    "stage_changed": "to",
    "grade_changed": "to",
}
_DURATION = re.compile(r"(\d{1,4})\s*([wdhm天周小时分]*)")
_COMMAS = re.compile(r"[,，、;；]")
_UNITS = {"": "d", "天": "d", "周": "w", "小时": "h", "分": "m"}
_YES, _NO = {"yes", "true", "1", "是", "有"}, {"no", "false", "0", "否", "无", "没有"}
# (kind of list, text as typed) → the value that stands for it, "" when it is none of them
Lookup = Callable[[Field, str], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the form, as typed; `wrong` names what does not fit."""

    field: str = ""
    op: str = ""
    value: str = ""
    detail: str = ""
    within: str = ""
    wrong: str = ""

    @property
    def is_blank(self) -> bool:
        """Nothing was chosen."""
        return not self.field


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of which all or any must hold."""

    match: str = "all"
    rows: Sequence[Row] = field(default_factory=lambda: [Row()])


@dataclass(frozen=True, slots=True)
class Builder:
    """The whole form. `text` is the condition as JSON, where it is edited as such."""

    segment_id: str = ""
    name_en: str = ""
    name_zh: str = ""
    match: str = "all"
    groups: Sequence[Group] = field(default_factory=lambda: [Group()])
    text: str = ""

    @property
    def is_wrong(self) -> bool:
        """Some row does not fit."""
        return any(row.wrong for group in self.groups for row in group.rows)


def read_form(form: Mapping[str, Any], lookup: Lookup) -> Builder:
    """What was typed; each row that does not fit says why (a key of the console's words)."""
    groups = []
    for index in range(MAX_GROUPS):
        rows = [_read_row(form, f"g{index}r{place}", lookup) for place in range(MAX_ROWS)]
        if f"g{index}match" in form:
            kept = [row for row in rows if not row.is_blank] or [Row()]
            groups.append(Group("any" if form[f"g{index}match"] == "any" else "all", kept))
    return Builder(
        segment_id=str(form.get("segment_id", ""))[:60],
        name_en=str(form.get("name_en", ""))[:80],
        name_zh=str(form.get("name_zh", ""))[:80],
        match="any" if form.get("match") == "any" else "all",
        groups=groups or [Group()],
        text=str(form.get("text", "")),
    )


def _read_row(form: Mapping[str, Any], name: str, lookup: Lookup) -> Row:
    parts = {
        part: str(form.get(f"{name}{part}", "")).strip()[:300] for part in ("field", "op", "value", "detail", "within")
    }
    row = Row(**parts)
    if row.is_blank:
        return row
    condition, wrong = _leaf_of(row, lookup)
    return Row(**parts, wrong=wrong or ("value" if condition is None or wrong_with(condition) else ""))


def condition_of(builder: Builder, lookup: Lookup) -> dict[str, Any]:
    """The condition that the rows say. Raises ValueError where they say none."""
    if builder.text:
        found = json.loads(builder.text)
        if not isinstance(found, dict):
            raise ValueError("a condition is a mapping")
        return found
    groups = []
    for group in builder.groups:
        leaves = [leaf for row in group.rows if not row.is_blank and (leaf := _leaf_of(row, lookup)[0])]
        if leaves:
            groups.append(leaves[0] if len(leaves) == 1 else {group.match: leaves})
    if not groups:
        raise ValueError("there is no condition")
    return groups[0] if len(groups) == 1 else {builder.match: groups}


def _leaf_of(row: Row, lookup: Lookup) -> tuple[dict[str, Any] | None, str]:
    """(condition, "") or (None, what is wrong: ``field``, ``op`` or ``value``)."""
    if row.field.startswith(DID):
        return _deed_of(row, lookup)
    known = PERSON.fields.get(row.field)
    if known is None:
        return None, "field"
    if row.op not in known.asks:
        return None, "op"
    if row.op in ("exists", "missing"):
        return {"field": row.field, "op": row.op, "value": True}, ""
    value = _value_of(known, row.op, row.value, lookup)
    return (None, "value") if value is None else ({"field": row.field, "op": row.op, "value": value}, "")


def _deed_of(row: Row, lookup: Lookup) -> tuple[dict[str, Any] | None, str]:
    deed = row.field.removeprefix(DID)
    within = _duration(row.within or "365")
    count = 1 if not row.value else int(row.value) if row.value.isascii() and row.value.isdigit() else -1
    if deed not in PERSON.did:
        return None, "field"
    if row.op not in (TIMES, NEVER):
        return None, "op"
    if not within:
        return None, "within"
    if row.op == TIMES and not 0 < count <= 1000:
        return None, "value"
    leaf: dict[str, Any] = {"did": deed}
    if row.detail and deed in DETAIL_OF:
        leaf["where"] = _where(DETAIL_OF[deed], row.detail, lookup)
    return leaf | {"times": {"eq": 0} if row.op == NEVER else {"gte": count}, "within": within}, ""


def _where(name: str, detail: str, lookup: Lookup) -> dict[str, Any]:
    known = PERSON.did_fields[name]
    if known.kind == CHOICE:
        values = [lookup(known, part.strip()) or part.strip() for part in _COMMAS.split(detail) if part.strip()]
        return {"field": name} | (
            {"op": "eq", "value": values[0]} if len(values) == 1 else {"op": "in", "value": values}
        )
    if name == "path" and detail.endswith("*"):
        return {"field": name, "op": "starts_with", "value": detail.rstrip("*") or "/"}
    return {"field": name, "op": "contains" if name == "link" else "eq", "value": detail}


def _value_of(known: Field, op: str, typed: str, lookup: Lookup) -> Any:
    if op in ("in", "not_in"):
        parts = [_one(known, part.strip(), lookup) for part in _COMMAS.split(typed) if part.strip()]
        return None if None in parts or not parts else parts
    if op in ("within", "older_than"):
        return _duration(typed)
    return _one(known, typed, lookup)


def _one(known: Field, typed: str, lookup: Lookup) -> Any:
    match known.kind:
        case "number":
            try:
                number = float(typed)
            except ValueError:
                return None
            return int(number) if number == int(number) else number
        case "yes_no":
            return True if fold(typed) in _YES else False if fold(typed) in _NO else None
        case "choice":
            found = lookup(known, typed)
            return found or (typed if typed and not known.choices else None)
    return typed or None


def _duration(typed: str) -> str | None:
    """``14``, ``14d``, ``14 天`` → ``14d``."""
    found = _DURATION.fullmatch(typed.strip().lower())
    if not found:
        return None
    unit = _UNITS.get(found[2], found[2])
    return f"{int(found[1])}{unit}" if unit in ("w", "d", "h", "m") else None


# -------------------------------------------------------------------- and back


def builder_of(condition: Mapping[str, Any], segment_id: str = "", name: Mapping[str, str] | None = None) -> Builder:
    """The form that says this condition; as text where rows cannot say it."""
    en, zh = (name or {}).get("en", ""), (name or {}).get("zh", "")
    split = _split(condition)
    groups = [_group_of(part) for part in split[1]] if split else []
    rows_fit = len(groups) <= MAX_GROUPS and all(group and len(group.rows) <= MAX_ROWS for group in groups)
    if not split or not rows_fit:
        return Builder(segment_id, en, zh, text=json.dumps(condition, ensure_ascii=False, indent=2))
    return Builder(segment_id, en, zh, match=split[0], groups=[group for group in groups if group])


def _split(condition: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """How the groups of a condition are joined, and the groups; None for `not`."""
    if "not" in condition:
        return None
    branch = next((key for key in ("all", "any") if key in condition), "")
    if not branch:
        return "all", [condition]
    parts = list(condition[branch])
    if not any("all" in part or "any" in part for part in parts):
        return "all", [condition]
    return branch, parts


def _group_of(condition: Mapping[str, Any]) -> Group | None:
    branch = next((key for key in ("all", "any") if key in condition), "")
    rows = [_row_of(leaf) for leaf in (condition[branch] if branch else [condition])]
    known = [row for row in rows if row]
    return Group(branch or "all", known) if len(known) == len(rows) else None


def _row_of(leaf: Mapping[str, Any]) -> Row | None:
    if "did" in leaf:
        return _row_of_deed(leaf)
    if "field" not in leaf:
        return None
    value = leaf.get("value")
    if leaf["op"] in ("exists", "missing"):
        return Row(leaf["field"], leaf["op"]) if value is not False else None
    typed = ", ".join(map(str, value)) if isinstance(value, list) else _typed(value)
    return Row(leaf["field"], leaf["op"], typed)


def _typed(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _row_of_deed(leaf: Mapping[str, Any]) -> Row | None:
    times, where = leaf.get("times", {"gte": 1}), leaf.get("where")
    name = DETAIL_OF.get(leaf["did"])
    detail = ""
    if where:
        if where.get("field") != name or where.get("op") not in ("eq", "in", "starts_with", "contains"):
            return None
        value = where["value"]
        detail = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        detail += "*" if where["op"] == "starts_with" else ""
        if (where["op"] == "contains") != (name == "link"):
            return None
    if times == {"eq": 0}:
        return Row(DID + leaf["did"], NEVER, "", detail, leaf.get("within", ""))
    if set(times) != {"gte"}:
        return None
    return Row(DID + leaf["did"], TIMES, str(times["gte"]), detail, leaf.get("within", ""))


def operators_of(kinds: Iterable[str]) -> list[str]:
    """Every operator that the form offers, in a sensible order."""
    return list(dict.fromkeys([op for known in PERSON.fields.values() if known.kind in kinds for op in known.asks]))


ALL_OPERATORS = [*operators_of((CHOICE, TEXT, NUMBER, YES_NO, MANY, MOMENT)), TIMES, NEVER]
