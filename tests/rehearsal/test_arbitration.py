"""Three journeys want the same morning: one mail a day, in the order of their priority, and what had no room in time says why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.build.content import compile_content
from infra.template import ROOT
from tests.bed import Bed, bed_on
from tests.rehearsal.test_journey_language import arrive, look_at

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content with three small journeys that begin with one page view; a mail waits for a day and a half at most."""
    root = tmp_path_factory.mktemp("crowded")
    shutil.copytree(ROOT / "templates", root / "templates", ignore=shutil.ignore_patterns("journeys"))
    (root / "templates" / "journeys").mkdir()
    for name in ("urgent", "calm", "late"):
        shutil.copy(Path(__file__).parent / "journeys" / f"{name}.yaml", root / "templates" / "journeys")
    assert compile_content(root / "templates", root / "content") == []
    return root / "content"


@pytest.fixture
def morning(crowded: Path) -> Iterator[Bed]:
    with bed_on(crowded) as bed:
        yield bed


def test_one_mail_a_day_the_highest_priority_first(morning: Bed) -> None:
    lead_id = arrive(morning)
    look_at(morning, "/both")
    morning.later(days=5)
    by_journey = [(mail.tags["journey"], f"{mail.at:%d}") for mail in morning.mails if "journey" in mail.tags]
    assert by_journey == [("urgent", "02"), ("calm", "03"), ("late", "04")]
    receipts = morning.admin("GET", f"/api/leads/{lead_id}/messages").json()["items"]
    calm = next(each for each in receipts if each["template"] == "consultation-invitation")
    assert calm["status"] == "sent" or calm["status"] == "delivered"


def test_the_receipt_of_who_stepped_back_names_who_went_first(morning: Bed) -> None:
    lead_id = arrive(morning)
    look_at(morning, "/both")
    morning.later(hours=1, minutes=10)
    receipts = {
        each["template"]: each for each in morning.admin("GET", f"/api/leads/{lead_id}/messages").json()["items"]
    }
    assert (receipts["consultation-invitation"]["status"], receipts["consultation-invitation"]["reasons"]) == (
        "queued",
        ["frequency_cap"],
    )
    assert receipts["case-study"]["status"] in ("sent", "delivered")
