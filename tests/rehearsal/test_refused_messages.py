"""Every reason for which a message is held back or refused, through the real handlers: the receipt names it, and nothing leaves.

`country_rule` and `unsendable` of the other channels are in test_channels.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.rehearsal.world import World
from shared.domain.links import PREFERENCES, Link, make_link
from shared.runtime.wiring import wiring
from shared.store.tables import MeterItem
from tests.bed import Bed
from tests.rehearsal.test_journey_language import WEI, arrive, look_at

pytestmark = [pytest.mark.rehearsal, pytest.mark.slow]


def fate(bed: Bed, lead_id: str, journey: str = "refused") -> tuple[str, list[str]]:
    """(status, reasons) of the newest mail of a journey, as the console's list of receipts has it."""
    items: list[dict[str, Any]] = bed.admin("GET", f"/api/leads/{lead_id}/messages").json()["items"]
    newest = max((item for item in items if item["journey"] == journey), key=lambda item: str(item["at"]))
    return newest["status"], newest["reasons"]


def left(world: World) -> list[str]:
    return [mail.tags["journey"] for mail in world.mails if "journey" in mail.tags]


def test_no_consent(walked: Bed) -> None:
    lead_id = arrive(walked, consent_email=False)
    look_at(walked, "/refused")
    assert fate(walked, lead_id) == ("refused", ["no_consent"])


def test_suppressed(walked: Bed) -> None:
    lead_id = arrive(walked)
    row = {"address": WEI["email"], "list": "dnc", "reason": "asked by phone"}
    assert walked.admin("POST", "/api/suppressions", json=row).status < 300
    look_at(walked, "/refused")
    assert fate(walked, lead_id) == ("refused", ["suppressed"])


def test_unsubscribed(walked: Bed) -> None:
    lead_id = arrive(walked)
    walked.http("POST", "/u/" + make_link(wiring.secret, PREFERENCES, Link(lead_id, "m1")))
    walked.pump()
    look_at(walked, "/refused")
    assert fate(walked, lead_id) == ("refused", ["unsubscribed", "no_consent"])


def test_frequency_cap(walked: Bed) -> None:
    """The second mail of a day waits for room."""
    lead_id = arrive(walked)
    look_at(walked, "/waiting")
    look_at(walked, "/both")
    walked.later(hours=1, minutes=5)
    assert fate(walked, lead_id, "calm") == ("queued", ["frequency_cap"])


def test_quiet_hours(walked: Bed) -> None:
    walked.until(datetime.fromisoformat("2026-03-02T22:30:00+08:00"))
    lead_id = arrive(walked)
    look_at(walked, "/refused")
    assert fate(walked, lead_id) == ("queued", ["quiet_hours"])
    walked.until(datetime.fromisoformat("2026-03-03T08:05:00+08:00"))
    assert fate(walked, lead_id)[0] == "delivered"


def test_journey_ended(walked: Bed) -> None:
    """The mail of the night is no longer wanted in the morning, because the person went to sales meanwhile."""
    walked.until(datetime.fromisoformat("2026-03-02T22:30:00+08:00"))
    lead_id = arrive(walked)
    look_at(walked, "/refused")
    assert walked.admin("POST", f"/api/leads/{lead_id}/mql", json={"note": "met at the fair"}).status < 300
    walked.until(datetime.fromisoformat("2026-03-03T08:05:00+08:00"))
    assert fate(walked, lead_id) == ("refused", ["journey_ended"])
    assert left(walked.world) == []


def test_budget(walked: Bed) -> None:
    lead_id = arrive(walked)
    MeterItem("2026-03", "before", last_sequence="1", counts={"email|-|marketing": 1_000_000}).save()
    look_at(walked, "/refused")
    assert fate(walked, lead_id) == ("refused", ["budget"])


def test_duplicate(walked: Bed) -> None:
    """Two journeys order the same mail: it is sent once, and again only after the days that the policy names."""
    lead_id = arrive(walked)
    look_at(walked, "/refused")
    walked.later(hours=2)
    look_at(walked, "/refused-again")
    assert fate(walked, lead_id)[0] == "delivered"
    assert fate(walked, lead_id, "refused-again") == ("refused", ["duplicate"])
    walked.later(days=6)
    look_at(walked, "/refused-again")
    assert fate(walked, lead_id, "refused-again")[0] == "delivered"


def test_unsendable(walked: Bed) -> None:
    """SES says that it will never take this mail."""
    lead_id = arrive(walked)

    def refuse(call: Any) -> None:
        if call.operation == "SendEmail":
            answer = {
                "Error": {"Code": "MessageRejected", "Message": "no"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            raise ClientError(answer, call.operation)  # type: ignore[arg-type]

    walked.world.calls.before.append(refuse)
    look_at(walked, "/refused")
    assert fate(walked, lead_id) == ("refused", ["unsendable"])
