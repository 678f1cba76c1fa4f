"""What each act of a scenario may say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

TOUCHPOINT: Final = ("s", "channel", "activity", "employee", "material", "distributor", "referrer")
_ORIGIN: Final = ("channel", "activity", "employee", "material", "distributor", "content", "label")
_UTM: Final = re.compile(r"utm_[a-z]+")
_FORM: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,39}")
_RESULTS: Final = ("won", "deferred", "invalid")
# What may stand beside an act that means the newest mail.
_BESIDE_MAILS: Final = {"bounce": ("kind", "subtype"), "prefer": ("marketing", "locale")}
# Acts of the console whose value is a map: its keys, all of them needed but those of an outcome.
_ABOUT: Final = {
    "outcome": ("lead", "result", "amount", "until", "reason"),
    "tag": ("lead", "tag"),
    "untag": ("lead", "tag"),
    "merge": ("lead", "with"),
    "part": ("lead", "with"),
}
# Acts about a journey, which is their value: what may stand beside.
_ABOUT_JOURNEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "publish": ("text", "note"),
    "roll_back": (),
    "move": ("steps",),
    "pause": (),
    "resume": (),
    "stop": (),
}

Wrong = Callable[[str, str], None]
Only = Callable[[Mapping[Any, Any], Iterable[str], str], None]


@dataclass(frozen=True)
class ActRules:
    """Checks acts; `wrong` is told (key, why) of each mistake, `only` tells of keys that are not known."""

    wrong: Wrong
    only: Only

    def of_person(self, where: str, kind: str, value: Any, more: Mapping[str, Any]) -> None:
        """An act of somebody in `people`."""
        if kind == "submit":
            self._submit(where, value, more)
        elif kind == "visit":
            if not isinstance(value, str) or not re.match(r"/|https?://", value):
                self.wrong(f"{where}.visit", f"{value!r} is no path such as /pricing and no address")
            self.only(more, ("referrer",), where)
        elif kind == "scan":
            self._code(where, kind, value)
            self.only(more, (), where)
        elif value != "last":
            self.wrong(
                f"{where}.{kind}",
                f"{value!r} is not understood; write last, the newest mail that the person has received",
            )
        else:
            self.only(more, _BESIDE_MAILS.get(kind, ()), where)
            if kind == "prefer" and not isinstance(more.get("marketing", True), bool):
                self.wrong(f"{where}.marketing", f"{more['marketing']!r} is neither on nor off")

    def _submit(self, where: str, form: Any, more: Mapping[str, Any]) -> None:
        if not isinstance(form, str) or not _FORM.fullmatch(form):
            self.wrong(f"{where}.submit", f"{form!r} is no name of a form")
        if not isinstance(more.get("fields"), dict):
            self.wrong(f"{where}.fields", "is a map of what the person fills in")
        others = [k for k in more if k != "fields" and not _UTM.fullmatch(str(k))]
        self.only(dict.fromkeys(others), (*TOUCHPOINT, "language", "utm_source"), where)

    def of_sales(self, where: str, kind: str, value: Any, more: Mapping[str, Any], people: Iterable[str]) -> str:
        """An act in the console; whom it is about ("" when it is nobody in particular)."""
        if kind == "import":
            self._import(where, value, more, people)
            return ""
        if kind == "touchpoint":
            self._code(where, kind, value)
            self.only(more, _ORIGIN, where)
            return ""
        if kind == "server":
            if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
                self.wrong(f"{where}.server", f"{value!r} is no status of an answer, such as 200 or 503")
            self.only(more, (), where)
            return ""
        if kind in _ABOUT_JOURNEYS:
            self._journey(where, kind, value, more)
            return ""
        self.only(more, ("note",), where)
        who = value.get("lead") if kind in _ABOUT and isinstance(value, dict) else value
        self._known(f"{where}.{kind}", who, people)
        if kind in _ABOUT:
            self._about(f"{where}.{kind}", kind, value, people)
        return str(who)

    def _about(self, where: str, kind: str, value: Any, people: Iterable[str]) -> None:
        if not isinstance(value, dict):
            self.wrong(where, f"is a map of {', '.join(_ABOUT[kind])}")
            return
        self.only(value, _ABOUT[kind], where)
        if kind == "outcome" and value.get("result") not in _RESULTS:
            self.wrong(f"{where}.result", f"{value.get('result')!r} is none of {', '.join(_RESULTS)}")
        if "with" in _ABOUT[kind]:
            self._known(f"{where}.with", value.get("with"), people)
        if "tag" in _ABOUT[kind] and not isinstance(value.get("tag"), str):
            self.wrong(f"{where}.tag", f"{value.get('tag')!r} is no tag")

    def _import(self, where: str, name: Any, more: Mapping[str, Any], people: Iterable[str]) -> None:
        if not isinstance(name, str):
            self.wrong(f"{where}.import", f"{name!r} is no name of a file")
        self.only(more, ("rows",), where)
        rows = more.get("rows")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            self.wrong(f"{where}.rows", "is a list of maps, one for each row: {email: …, name: …}")
            return
        for index, row in enumerate(rows):
            if "person" in row:
                self._known(f"{where}.rows[{index}].person", row["person"], people)

    def _journey(self, where: str, kind: str, name: Any, more: Mapping[str, Any]) -> None:
        if not isinstance(name, str) or not _FORM.fullmatch(name):
            self.wrong(f"{where}.{kind}", f"{name!r} is no name of a journey")
        self.only(more, _ABOUT_JOURNEYS[kind], where)
        if kind == "publish" and not isinstance(more.get("text"), str):
            self.wrong(f"{where}.text", "is the journey's text, as it would stand in its file")
        if kind == "move" and not isinstance(more.get("steps", {}), dict):
            self.wrong(f"{where}.steps", "is a map of waits and those that take their place")

    def _code(self, where: str, kind: str, value: Any) -> None:
        if not isinstance(value, str) or not _CODE.fullmatch(value):
            self.wrong(f"{where}.{kind}", f"{value!r} is no code of a touchpoint")

    def _known(self, where: str, who: Any, people: Iterable[str]) -> None:
        if not isinstance(who, str) or who not in people:
            self.wrong(where, f"{who!r} is none of the people: {', '.join(people)}")
