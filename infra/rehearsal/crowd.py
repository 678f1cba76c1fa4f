"""python -m infra.rehearsal.crowd [--people 200] [--days 40] [--seed 1] [--out result.json]: the shipped journeys, all at once, with a crowd.

Everybody posts a form in the first days and then does what people do: most little, some much. What ships is played with three changes, without which
a few weeks would not see every journey: the four weeks for IT and SaaS are on (as their file says how), a form of its own begins the download drip,
and silence is twelve days instead of ninety.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from infra.build.content import compile_content
from infra.rehearsal import invariants, result
from infra.rehearsal.faults import Calm
from infra.rehearsal.run import engine_for, play, staged
from infra.rehearsal.scenario import Scenario, read_scenario
from infra.template import ROOT

Row = dict[str, Any]
SEVEN: Final = (
    *("whitepaper-three-steps", "saas-four-weeks", "download-drip", "hot-fourteen-days"),
    *("weekly-nurture", "slow-lane", "reactivate"),
)
_SILENCE: Final = "12d"
_SAAS: Final = "{field: industry, op: in, value: [software, saas, it, internet, 软件, 互联网, 信息技术]}"
_FORMS: Final = ("whitepaper", "whitepaper", "whitepaper", "webinar", "webinar", "brochure")
_WHO: Final = (
    {"title": "CTO", "country": "CN", "industry": "logistics", "company_size": "500"},
    {"title": "IT-Leiterin", "country": "DE", "industry": "manufacturing", "company_size": "120"},
    {"title": "Purchasing manager", "country": "US", "industry": "software", "company_size": "40"},
    {"title": "Sachbearbeiter", "country": "DE", "industry": "saas"},
    {"title": "专员", "country": "CN", "industry": "软件"},
    {"title": "Student", "country": "SG", "industry": "education"},
)


def scenario_of(people: int, days: int, seed: int) -> Row:
    """The crowd as a scenario file would hold it; the same seed is the same crowd."""
    draw = Random(seed)
    return {
        "start": "2026-03-02T09:00:00+08:00",
        "days": days,
        "people": {f"p{number}": _life(number, days, draw) for number in range(people)},
        "sales": [{"at": f"+{draw.randint(2, days)}d", "tag": {"lead": f"p{n}", "tag": "slow-lane"}} for n in (0, 1)],
    }


def _life(number: int, days: int, draw: Random) -> list[Row]:
    """Somebody's weeks. `keen` says how often they open and click; everybody reacts only to mails that they have."""
    keen = draw.random() ** 2
    fields: Row = {**draw.choice(_WHO), "email": f"p{number}@company{number}.example", "name": f"Person {number}"}
    fields |= {"company": f"Company {number} Ltd"} | ({"consent_email": True} if draw.random() < 0.9 else {})
    came = draw.randint(0, 24 * min(4, days))
    acts: list[Row] = [{"at": f"+{came}h", "submit": draw.choice(_FORMS), "fields": fields}]
    for day in range(came // 24 + 1, days):
        if draw.random() < 0.1 + keen / 3:
            acts.append({"at": f"+{day}d{draw.randint(3, 12)}h", "open": "last"})
        if draw.random() < keen / 6:
            acts.append({"at": f"+{day}d{draw.randint(3, 12)}h{draw.randint(1, 59)}m", "click": "last"})
    acts += [{"at": f"+{draw.randint(5, days)}d5h", "visit": "/pricing"} for _ in range(int(keen * 3))]
    if draw.random() < 0.08:
        acts.append({"at": f"+{draw.randint(4, days)}d7h", draw.choice(("unsubscribe", "bounce", "complain")): "last"})
    return acts


def templates_for(into: Path) -> Path:
    """A copy of what ships, with the three changes."""
    root = into / "templates"
    shutil.copytree(ROOT / "templates", root)
    journeys, forms = root / "journeys", root / "forms"
    _change(journeys / "saas-four-weeks.yaml", "enabled: false", "enabled: true")
    _change(journeys / "whitepaper-three-steps.yaml", "entry: once", f"entry: once\naudience: {{not: {_SAAS}}}")
    _change(journeys / "reactivate.yaml", "for: 90d", f"for: {_SILENCE}")
    text = (forms / "whitepaper.yaml").read_text(encoding="utf-8")
    (forms / "brochure.yaml").write_text(text, encoding="utf-8")
    _change(forms / "brochure.yaml", "conversion_point: whitepaper_download", "conversion_point: brochure_download")
    return root


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise LookupError(f"{file.name} no longer says {old!r}")
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def played(people: int, days: int, seed: int, *, engine: str = "") -> Row:
    """Plays the crowd; figures and invariants. Errors: ValueError when the content has findings."""
    with TemporaryDirectory(prefix="ripen-crowd-") as folder:
        place = Path(folder)
        if findings := compile_content(templates_for(place), place / "content"):
            raise ValueError("\n".join(map(str, findings)))
        file = place / "crowd.yaml"
        file.write_text(yaml.safe_dump(scenario_of(people, days, seed), allow_unicode=True), encoding="utf-8")
        scenario = read_scenario(file)
        return _figures(scenario, place / "content", engine or engine_for(scenario))


def _figures(scenario: Scenario, content: Path, engine: str) -> Row:
    with staged(scenario, content, engine=engine, faults=Calm()) as stage:
        play(stage, lambda _: None)
        measured = result.measure(stage.world)
        _, wrong = stage.judge()
        with stage.world.calm():
            outcome = result.gather(stage.world, stage.acts, measured)
            journeys = {row["journey"]: row for row in stage.acts.listed("/api/journeys")}
        messages = [message for message in outcome["messages"] if message["class"] != "internal"]
        return {
            "people": len(scenario.people),
            "days": scenario.days,
            "journeys": {name: _of_journey(name, journeys, messages) for name in SEVEN},
            "mails": Counter(message["status"] for message in messages),
            "handoffs": len(outcome["handoffs"]),
            **measured,
            "invariants": invariants.named(wrong),
            "broken": [f"{name}: {what}" for name, found in wrong.items() for what in found],
            "failures": [failure.error for failure in stage.world.failures],
        }


def _of_journey(name: str, journeys: Row, messages: list[Row]) -> Row:
    mine = [message for message in messages if message["journey"] == name]
    sent = [message for message in mine if message["status"] not in ("refused", "queued")]
    refused = Counter(reason for message in mine if message["status"] == "refused" for reason in message["reasons"])
    row = journeys[name]
    ends = {"completed": row["completed"], **row["exits"]}
    return {"entered": row["entered"], "active": row["active"], "mails": len(sent), "ends": ends, "refused": refused}


def main(arguments: list[str] | None = None) -> int:
    """Plays and prints; 0 when every invariant holds and every journey wrote to somebody."""
    parser = argparse.ArgumentParser(description="The seven journeys with a crowd.")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--days", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", message="No application metrics")
    figures = played(given.people, given.days, given.seed, engine=given.engine)
    if given.out:
        given.out.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"{'journey':24} {'entered':>7} {'inside':>6} {'mails':>5}  ended / refused")
    for name, row in figures["journeys"].items():
        ends = ", ".join(f"{reason} {count}" for reason, count in row["ends"].items() if count)
        refused = ", ".join(f"{reason} {count}" for reason, count in row["refused"].items())
        print(f"{name:24} {row['entered']:7} {row['active']:6} {row['mails']:5}  {ends or '-'} / {refused or '-'}")
    print(f"mails {dict(figures['mails'])}, hand-offs {figures['handoffs']}, {figures['units']}, {figures['calls']}")
    print(*figures["broken"], *figures["failures"], sep="\n")
    return 0 if all(figures["invariants"].values()) and not figures["failures"] else 1


if __name__ == "__main__":
    sys.exit(main())
