"""What a condition may ask about: the one table of fields, their types, names and choices, and the check of a condition against it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain import timeline
from shared.domain.conditions import COMPARISONS, OPERATORS
from shared.domain.lifecycle import STAGES
from shared.domain.moments import from_iso, parse_duration

TEXT, CHOICE, NUMBER, YES_NO, MOMENT, MANY, ANY = "text", "choice", "number", "yes_no", "moment", "many", "any"
_KNOWN = ("exists", "missing")
_TEXT_OPERATORS = ("eq", "ne", "in", "not_in", "contains", "starts_with", "ends_with", *_KNOWN)
OPERATORS_OF: Mapping[str, tuple[str, ...]] = {
    TEXT: _TEXT_OPERATORS,
    CHOICE: ("eq", "ne", "in", "not_in", *_KNOWN),
    NUMBER: ("gte", "gt", "lte", "lt", "eq", "ne", "in", "not_in", *_KNOWN),
    YES_NO: ("eq", "ne", *_KNOWN),
    MOMENT: ("within", "older_than", "gte", "lt", *_KNOWN),
    MANY: ("contains", "in", "not_in", *_KNOWN),
    ANY: OPERATORS,
}
_ADDRESS_OPERATORS = ("matches_domain", *_TEXT_OPERATORS)
_MAX_DEPTH, _MAX_PARTS, _MAX_TEXT, _MAX_LIST = 6, 60, 300, 200
_CONNECTIVES = ("all", "any")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a condition may ask about. `choices` are all the values there are (none: any); `source` names the list from which a
    builder offers values (forms, owners, tags, channels, countries, segments); `asks` narrows the operators.
    """

    name: str
    kind: str
    label: Mapping[str, str]
    choices: tuple[str, ...] = ()
    source: str = ""
    operators: tuple[str, ...] = ()

    @property
    def asks(self) -> tuple[str, ...]:
        """The operators that make sense of it."""
        return self.operators or OPERATORS_OF.get(self.kind, ())


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a condition, and how to mend it."""

    path: Path
    what: str
    mend: str


Fields = Mapping[str, Field]


def _table(*fields: Field) -> dict[str, Field]:
    return {each.name: each for each in fields}


def _field(name: str, kind: str, en: str, zh: str, **more: Any) -> Field:
    return Field(name, kind, {"en": en, "zh": zh}, **more)


_CONSENT_STATES = ("granted", "pending", "withdrawn", "none")
_GRADES = ("hot", "warm", "cold")
# What is known of a person (`facts.facts_of`), in the order in which a builder offers it.
PERSON_FIELDS: Fields = _table(
    _field("grade", CHOICE, "Grade", "等级", choices=_GRADES),
    _field("stage", CHOICE, "Stage", "阶段", choices=STAGES),
    _field("score", NUMBER, "Score", "总分"),
    _field("fit", NUMBER, "Fit", "匹配度"),
    _field("interest", NUMBER, "Interest", "兴趣度"),
    _field("tags", MANY, "Tags", "标签", source="tags"),
    _field("owner", CHOICE, "Owner", "负责人", source="owners"),
    _field("name", TEXT, "Name", "姓名"),
    _field("email", TEXT, "E-mail", "邮箱", operators=_ADDRESS_OPERATORS),
    _field("phone", TEXT, "Phone", "电话"),
    _field("company", TEXT, "Company", "公司"),
    _field("company_known", YES_NO, "Names a real company", "公司名称明确"),
    _field("title", TEXT, "Job title", "职位"),
    _field(
        "seniority", CHOICE, "Seniority", "职级", choices=("c_level", "vp", "director", "manager", "staff", "student")
    ),
    _field("department", CHOICE, "Department", "部门", source="departments"),
    _field("industry", TEXT, "Industry", "行业"),
    _field("company_size", NUMBER, "Employees", "公司人数"),
    _field("budget", TEXT, "Budget", "预算"),
    _field("country", CHOICE, "Country", "国家/地区", source="countries"),
    _field("locale", CHOICE, "Language", "语言", choices=("en", "zh")),
    _field("consent_email", CHOICE, "Consent to e-mail", "邮件许可", choices=_CONSENT_STATES),
    _field("consent_sms", CHOICE, "Consent to text messages", "短信许可", choices=_CONSENT_STATES),
    _field("consent_phone", CHOICE, "Consent to calls", "电话许可", choices=_CONSENT_STATES),
    _field("first_channel", CHOICE, "First touch: channel", "首次触点：渠道", source="channels"),
    _field("first_form", CHOICE, "First touch: form", "首次触点：表单", source="forms"),
    _field("first_campaign", TEXT, "First touch: campaign", "首次触点：推广活动"),
    _field("first_activity", TEXT, "First touch: event", "首次触点：市场活动"),
    _field("first_employee", TEXT, "First touch: employee", "首次触点：员工"),
    _field("first_distributor", TEXT, "First touch: distributor", "首次触点：经销商"),
    _field("last_channel", CHOICE, "Latest touch: channel", "最近触点：渠道", source="channels"),
    _field("last_form", CHOICE, "Latest touch: form", "最近触点：表单", source="forms"),
    _field("last_campaign", TEXT, "Latest touch: campaign", "最近触点：推广活动"),
    _field("created_at", MOMENT, "First seen", "首次出现时间"),
    _field("last_touch_at", MOMENT, "Latest form or touch", "最近触点时间"),
    _field("last_activity_at", MOMENT, "Last active", "最近活跃时间"),
    _field("stage_at", MOMENT, "In this stage since", "进入当前阶段时间"),
    _field("handed_at", MOMENT, "Handed to sales", "移交销售时间"),
)
# What one activity says (`conditions.activity_facts`): for triggers, scoring rules, exits and the `where` of what a person did.
ACTIVITY_FIELDS: Fields = _table(
    _field("form", CHOICE, "Form", "表单", source="forms"),
    _field("path", TEXT, "Page", "页面路径"),
    _field("host", TEXT, "Site", "网站"),
    _field("url", TEXT, "Address", "网址"),
    _field("channel", CHOICE, "Channel", "渠道", source="channels"),
    _field("type", CHOICE, "What happened", "行为"),
    _field("agent", CHOICE, "Who acted", "触发者", choices=("human", "probable_machine", "machine")),
    _field("template", CHOICE, "Mail", "邮件", source="mails"),
    _field("link", TEXT, "Link", "链接"),
    _field("journey", CHOICE, "Journey", "培育旅程", source="journeys"),
    _field("message_id", TEXT, "Message", "消息"),
    _field("purpose", TEXT, "Purpose", "用途"),
    _field("class", CHOICE, "Class of message", "消息类别", choices=("marketing", "transactional", "internal")),
    _field("stage", CHOICE, "Stage", "阶段", choices=STAGES),
    _field("grade", CHOICE, "Grade", "等级", choices=_GRADES),
    _field("segment", CHOICE, "Segment", "细分", source="segments"),
    _field("tag", CHOICE, "Tag", "标签", source="tags"),
    _field("from", TEXT, "From", "从"),
    _field("to", TEXT, "To", "到"),
    _field("reason", TEXT, "Reason", "原因"),
    _field("permanent", YES_NO, "Permanent", "永久"),
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What conditions of one kind may read: `fields` of the facts; `did`, the activity types whose past may be asked about."""

    fields: Fields
    did: tuple[str, ...] = ()
    did_fields: Fields = field(default_factory=lambda: ACTIVITY_FIELDS)


DID = (
    *timeline.DEEDS,
    timeline.EMAIL_BOUNCED,
    timeline.HANDED_OFF,
    timeline.STAGE_CHANGED,
    timeline.GRADE_CHANGED,
)
PERSON = Vocabulary(PERSON_FIELDS, DID)


def named(names: Collection[str]) -> Fields:
    """The fields of these names; ``did_<activity type>`` says whether it was done at all, and a name that stands in no table takes any value."""
    tables = {**ACTIVITY_FIELDS, **PERSON_FIELDS}
    return {name: tables.get(name) or _unlisted(name) for name in names}


def _unlisted(name: str) -> Field:
    return _field(name, YES_NO if name.startswith("did_") else ANY, name, name)


def problems(condition: Any, vocabulary: Vocabulary) -> list[Problem]:
    """Everything wrong with a condition, each with its place; an empty list means that it may be used."""
    found = list(_check(condition, vocabulary, ()))
    if not found and (size := _size(condition)) > _MAX_PARTS:
        found.append(Problem((), f"{size} parts are too many", f"use at most {_MAX_PARTS}"))
    return found


def _size(condition: Any) -> int:
    parts = condition.values() if isinstance(condition, Mapping) else condition if isinstance(condition, list) else ()
    return 1 + sum(_size(part) for part in parts if isinstance(part, Mapping | list))


def _check(condition: Any, vocabulary: Vocabulary, path: Path) -> Iterator[Problem]:
    if len(path) > 2 * _MAX_DEPTH:
        yield Problem(path, "the groups stand too deep in each other", f"use at most {_MAX_DEPTH} levels")
    elif not isinstance(condition, Mapping):
        yield Problem(path, f"{_shown(condition)} is no condition", "write {field: …, op: …, value: …}")
    elif branch := next((key for key in (*_CONNECTIVES, "not") if key in condition), ""):
        yield from _check_group(branch, condition, vocabulary, path)
    elif "did" in condition:
        yield from _check_did(condition, vocabulary, path)
    else:
        yield from _check_leaf(condition, vocabulary, path)


def _check_group(branch: str, group: Mapping[str, Any], vocabulary: Vocabulary, path: Path) -> Iterator[Problem]:
    yield from _unknown_keys(group, (branch,), path)
    inner = group[branch]
    if branch == "not":
        yield from _check(inner, vocabulary, (*path, "not"))
    elif not isinstance(inner, list) or not inner:
        yield Problem((*path, branch), f"{branch!r} needs a list of conditions", "begin each entry with '- '")
    else:
        for index, part in enumerate(inner):
            yield from _check(part, vocabulary, (*path, branch, index))


def _unknown_keys(given: Mapping[str, Any], known: tuple[str, ...], path: Path) -> Iterator[Problem]:
    for key in given:
        if key not in known:
            yield Problem((*path, key), f"unknown key {key!r}", f"known here: {', '.join(known)}")


def _check_did(leaf: Mapping[str, Any], vocabulary: Vocabulary, path: Path) -> Iterator[Problem]:
    if not vocabulary.did:
        yield Problem((*path, "did"), "what a person did cannot be asked here", "ask about a field")
        return
    yield from _unknown_keys(leaf, ("did", "where", "times", "within"), path)
    if leaf["did"] not in vocabulary.did:
        yield Problem((*path, "did"), f"did is {_shown(leaf['did'])}", f"choose one of {', '.join(vocabulary.did)}")
    if "where" in leaf:
        yield from _check(leaf["where"], Vocabulary(vocabulary.did_fields), (*path, "where"))
    if "within" in leaf and not _is_duration(leaf["within"]):
        yield Problem((*path, "within"), f"within is {_shown(leaf['within'])}", "write it like 14d, 12h or 2w")
    times = leaf.get("times", {"gte": 1})
    if not isinstance(times, Mapping) or not times or not all(map(_is_count, times.items())):
        yield Problem((*path, "times"), f"times is {_shown(times)}", "write it like {gte: 3} or {eq: 0}")


def _is_count(times: tuple[Any, Any]) -> bool:
    op, count = times
    return op in COMPARISONS and isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 1000


def _check_leaf(leaf: Mapping[str, Any], vocabulary: Vocabulary, path: Path) -> Iterator[Problem]:
    yield from _unknown_keys(leaf, ("field", "op", "value"), path)
    lacking = [key for key in ("field", "op") if key not in leaf]
    for key in lacking:
        yield Problem(path, f"the condition has no {key!r}", f"add {key}:")
    if lacking:
        return
    name, op = leaf["field"], leaf["op"]
    known = vocabulary.fields.get(name) if isinstance(name, str) else None
    if known is None:
        names = ", ".join(vocabulary.fields)
        yield Problem((*path, "field"), f"field is {_shown(name)}, which nothing here has", f"choose one of {names}")
    elif op not in known.asks:
        what = f"op is {_shown(op)}, which does not fit {name} ({known.kind})"
        yield Problem((*path, "op"), what, f"choose one of {', '.join(known.asks)}")
    elif op not in _KNOWN or "value" in leaf:
        yield from _check_value(known, op, leaf, path)


def _check_value(known: Field, op: str, leaf: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    if "value" not in leaf:
        yield Problem(path, "the condition has no 'value'", "add value:")
        return
    value, place = leaf["value"], (*path, "value")
    if op in ("in", "not_in"):
        if not isinstance(value, list) or not 0 < len(value) <= _MAX_LIST:
            yield Problem(place, f"{op!r} compares with a list, not {_shown(value)}", "write value: [a, b]")
            return
        for index, each in enumerate(value):
            yield from _check_one(known, op, each, (*place, index))
    else:
        yield from _check_one(known, op, value, place)


def _check_one(known: Field, op: str, value: Any, place: Path) -> Iterator[Problem]:
    wanted = _wanted(known, op)
    if not _FITS[wanted][0](value):
        yield Problem(place, f"{known.name} {op} {_shown(value)} can never be", _FITS[wanted][1])
    elif known.choices and wanted in (CHOICE, TEXT) and value not in known.choices:
        yield Problem(place, f"{known.name} is never {_shown(value)}", f"choose one of {', '.join(known.choices)}")


def _wanted(known: Field, op: str) -> str:
    """The type of value that an operator compares with."""
    if op in _KNOWN:
        return YES_NO
    if op in ("within", "older_than"):
        return "duration"
    return TEXT if known.kind in (CHOICE, MANY) else known.kind


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _MAX_TEXT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _is_duration(value: Any) -> bool:
    try:
        return isinstance(value, str) and 0 < parse_duration(value).days + 1 <= 3660
    except (ValueError, OverflowError):
        return False


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(from_iso(f"{value}T00:00:00Z" if len(value) == 10 else value))
    except (ValueError, OverflowError):
        return False


_FITS = {
    TEXT: (_is_text, "write a text, in quotes where it could be read as something else"),
    NUMBER: (_is_number, "write a number"),
    YES_NO: (lambda value: isinstance(value, bool), "write true or false"),
    MOMENT: (_is_moment, 'write a day in quotes, such as "2026-03-01"'),
    "duration": (_is_duration, "write a length of time such as 14d, 12h or 2w"),
    ANY: (lambda value: value is not None, "write a value"),
}


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
