"""What sales and marketing do in the console."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from infra.rehearsal.persons import Person
from infra.rehearsal.scenario import Act

if TYPE_CHECKING:
    from infra.rehearsal.acts import Acts

_PATHS = {"follow_up": "follow-up"}
_STATUSES = {"pause": "paused", "resume": "live", "stop": "stopped"}


class Office:
    """Carries out the acts of the console."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self.imports: dict[str, int] = {}
        """How many rows each import that was accepted has."""
        self.merged: list[tuple[str, str]] = []
        """Two of whom the console was told that they are one."""
        self.parted: list[str] = []
        """Of whom the console was told that they are nobody's part."""
        self._doers: dict[str, Callable[[Act], None]] = {
            "import": self._import,
            "touchpoint": self._touchpoint,
            "release": self._release,
            "mql": self._mark,
            "tag": self._tag,
            "untag": self._untag,
            "merge": self._merge,
            "part": self._part,
            "publish": self._publish,
            "roll_back": self._roll_back,
            "move": self._move,
            **dict.fromkeys(_STATUSES, self._set_status),
            "server": self._server,
        }

    def do(self, act: Act) -> None:
        """One act."""
        self._doers.get(act.kind, self._hand_off)(act)

    # ------------------------------------------------------------ one person

    def _mark(self, act: Act) -> None:
        if lead_id := self._lead(act, act.who):
            self._acts.press(act, f"/api/leads/{lead_id}/mql", json=_note(act))

    def _hand_off(self, act: Act) -> None:
        lead_id = self._lead(act, act.who)
        handoff = lead_id and self._newest_handoff(lead_id)
        if handoff:
            body = {k: str(v) for k, v in act.value.items() if k != "lead"} if act.kind == "outcome" else {}
            address = f"/api/handoffs/{handoff['handoff_id']}/{_PATHS.get(act.kind, act.kind)}"
            self._acts.press(act, address, json=body | _note(act))
        elif lead_id:
            self._acts.warn(act, "the person has not been handed over")

    def _newest_handoff(self, lead_id: str) -> Mapping[str, Any] | None:
        own = [h for h in self._acts.listed("/api/handoffs") if h["lead_id"] == lead_id]
        return max(own, key=lambda h: h["created_at"], default=None)

    def _release(self, act: Act) -> None:
        """Lets go on what is held back of the person's posts."""
        posts = self._acts.people[act.who].posts
        own = {answer.json()["submission_id"] for answer in posts if answer.status == 202}
        listed = self._acts.listed("/api/quarantine")
        held = [item["submission_id"] for item in listed if item["submission_id"] in own]
        if not held:
            self._acts.warn(act, "nothing of this person is held back")
        for submission_id in held:
            self._acts.press(act, f"/api/quarantine/{submission_id}/release", json={})

    def _tag(self, act: Act) -> None:
        if lead_id := self._lead(act, act.who):
            self._acts.press(act, f"/api/leads/{lead_id}/tags", json={"tag": act.value["tag"]})

    def _untag(self, act: Act) -> None:
        if lead_id := self._lead(act, act.who):
            self._acts.press(act, f"/api/leads/{lead_id}/tags?tag={quote(act.value['tag'])}", "DELETE")

    # ------------------------------------------------------------ two who are one

    def _merge(self, act: Act) -> None:
        one, other = self._lead(act, act.who), self._lead(act, act.value["with"])
        if one and other:
            answer = self._acts.press(act, f"/api/leads/{one}/merge", json={"with": other})
            self.merged += [(one, other)] * (answer.status == 200)

    def _part(self, act: Act) -> None:
        one, other = self._lead(act, act.who), self._lead(act, act.value["with"])
        if one and other:
            stays = self._acts.got(f"/api/leads/{one}")["lead_id"]
            absorbed = other if stays == one else one
            answer = self._acts.press(act, f"/api/leads/{stays}/part", json={"absorbed": absorbed})
            self.parted += [absorbed] * (answer.status == 200)

    # ------------------------------------------------------------ journeys

    def _publish(self, act: Act) -> None:
        said = {"journey": act.value, "source": act.more["text"]}
        self._acts.press(act, "/api/journeys", json=said | _note(act))

    def _roll_back(self, act: Act) -> None:
        """People enter on the version again that was there before the current one."""
        if versions := self._older_versions(act):
            self._acts.press(act, f"/api/journeys/{act.value}", json={"version": versions[0]})

    def _move(self, act: Act) -> None:
        """Whoever waits on an older version goes on in the current one."""
        found = self._journey(act)
        for version in self._older_versions(act):
            order = {"from": version, "to": found["version"], "steps": dict(act.more.get("steps") or {})}
            self._acts.press(act, f"/api/journeys/{act.value}", json={"move": order})

    def _set_status(self, act: Act) -> None:
        if self._journey(act):
            self._acts.press(act, f"/api/journeys/{act.value}", json={"status": _STATUSES[act.kind]})

    def _older_versions(self, act: Act) -> list[str]:
        """Versions from before the current one, newest first."""
        found = self._journey(act)
        versions = [each["version"] for each in found.get("versions", ())]
        older = versions[versions.index(found["version"]) + 1 :] if versions else []
        if not older:
            self._acts.warn(act, "there is no older version")
        return older

    def _journey(self, act: Act) -> Mapping[str, Any]:
        """The journey as the console shows it; empty when there is none of this name."""
        if act.value not in {each["journey"] for each in self._acts.listed("/api/journeys")}:
            self._acts.warn(act, "there is no such journey")
            return {}
        found: Mapping[str, Any] = self._acts.got(f"/api/journeys/{act.value}")
        return found

    # ------------------------------------------------------------ nobody in particular

    def _server(self, act: Act) -> None:
        """What the company's own servers answer from now on."""
        self._acts.world.strangers.says = act.value

    def _import(self, act: Act) -> None:
        """Uploads the rows as a file. A row's `person` says who of the scenario that is."""
        rows = act.more["rows"]
        for row in rows:
            if row.get("person"):
                _acquaint(self._acts.people[row["person"]], row)
        headers = {"Content-Type": "text/csv; charset=utf-8"}
        address = f"/api/imports?name={quote(act.value)}"
        answer = self._acts.press(act, address, body=as_csv(rows).encode(), headers=headers)
        if answer.status == 200:
            self.imports[answer.json()["import_id"]] = len(rows)

    def _touchpoint(self, act: Act) -> None:
        self._acts.press(act, "/api/touchpoints", json={"code": act.value, **act.more})

    def _lead(self, act: Act, who: str) -> str | None:
        lead_id = self._acts.lead_of(self._acts.people[who])
        if not lead_id:
            self._acts.warn(act, "nobody knows this person yet")
        return lead_id


def _note(act: Act) -> dict[str, str]:
    return {"note": str(act.more["note"])} if act.more.get("note") else {}


def _acquaint(person: Person, row: Mapping[str, Any]) -> None:
    person.email = person.email or str(row.get("email", ""))
    person.phone = person.phone or str(row.get("phone", ""))


def as_csv(rows: list[dict[str, Any]]) -> str:
    """The rows as a table with a header; what stands under `person` is no column."""
    names = list(dict.fromkeys(name for row in rows for name in row if name != "person"))
    text = io.StringIO()
    table = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()
