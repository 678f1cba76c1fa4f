"""Three journeys want the same morning: one mail a day, in the order of their priority, and what had no room in time says why."""

from __future__ import annotations

import pytest

from tests.bed import Bed
from tests.rehearsal.test_journey_language import arrive, look_at

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


def test_one_mail_a_day_the_highest_priority_first(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/both")
    walked.later(days=5)
    by_journey = [(mail.tags["journey"], f"{mail.at:%d}") for mail in walked.mails if "journey" in mail.tags]
    assert by_journey == [("urgent", "02"), ("calm", "03"), ("late", "04")]
    receipts = walked.admin("GET", f"/api/leads/{lead_id}/messages").json()["items"]
    calm = next(each for each in receipts if each["template"] == "consultation-invitation")
    assert calm["status"] == "sent" or calm["status"] == "delivered"


def test_the_receipt_of_who_stepped_back_names_who_went_first(walked: Bed) -> None:
    lead_id = arrive(walked)
    look_at(walked, "/both")
    walked.later(hours=1, minutes=10)
    receipts = {
        each["template"]: each for each in walked.admin("GET", f"/api/leads/{lead_id}/messages").json()["items"]
    }
    assert (receipts["consultation-invitation"]["status"], receipts["consultation-invitation"]["reasons"]) == (
        "queued",
        ["frequency_cap"],
    )
    assert receipts["case-study"]["status"] in ("sent", "delivered")
