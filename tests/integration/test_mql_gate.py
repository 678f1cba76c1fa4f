"""The gate before sales: shown by default, binding where the policy says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.runtime.wiring import wiring
from tests.bed import Bed
from tests.integration.test_main_path import leads, post


@pytest.fixture
def binding(bed: Bed) -> Iterator[None]:
    """The policy with ``binding: true``."""
    before = wiring.handoff_ports
    policy = {**before.policy, "mql_gate": {**before.policy["mql_gate"], "binding": True}}
    wiring.__dict__["handoff_ports"] = before._replace(policy=policy)
    yield
    wiring.__dict__["handoff_ports"] = before


def handoffs(bed: Bed) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = bed.admin("GET", "/api/handoffs").json()["items"]
    return items


def test_the_api_names_what_is_missing_and_the_field_of_the_matrix(bed: Bed) -> None:
    post(bed, phone="", company_size="")
    bed.pump()
    found = bed.admin("GET", f"/api/leads/{leads()[0].id}").json()
    assert found["mql_gate"] == {"passed": False, "missing": ["phone", "company_size"]}
    assert found["matrix"] == "A2"


def test_the_page_shows_both(bed: Bed) -> None:
    post(bed, phone="")
    bed.pump()
    page = bed.admin("GET", f"/leads/{leads()[0].id}?lang=zh", headers={"Accept": "text/html"}).text
    assert "尚缺" in page
    assert 'class="here"' in page


def test_by_default_a_ripe_lead_does_not_wait(bed: Bed) -> None:
    post(bed, phone="")
    bed.pump()
    bed.open_and_click(0)
    assert len(handoffs(bed)) == 1


@pytest.mark.usefixtures("binding")
def test_where_it_binds_a_ripe_lead_waits_until_the_gap_is_filled(bed: Bed) -> None:
    post(bed, phone="")
    bed.pump()
    bed.open_and_click(0)
    assert (leads()[0].grade, handoffs(bed)) == ("hot", [])
    post(bed)
    bed.pump()
    [handoff] = handoffs(bed)
    assert handoff["reason"] == "score"


@pytest.mark.usefixtures("binding")
def test_where_it_binds_a_complete_lead_is_handed_over_at_once(bed: Bed) -> None:
    post(bed)
    bed.pump()
    bed.open_and_click(0)
    assert len(handoffs(bed)) == 1


@pytest.mark.usefixtures("binding")
def test_marking_by_hand_never_waits(bed: Bed) -> None:
    post(bed, phone="")
    bed.pump()
    bed.admin("POST", f"/api/leads/{leads()[0].id}/mql", json={"note": "met at the fair"})
    bed.pump()
    assert [handoff["reason"] for handoff in handoffs(bed)] == ["manual"]
