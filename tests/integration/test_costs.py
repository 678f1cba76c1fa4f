"""The cost meter, on an engine: what is counted, what a used-up budget stops, what the console says about it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.rehearsal.calls import Call
from infra.rehearsal.faults import Calm
from shared.domain.meter import GIVEN, NO_JOURNEY, total
from shared.runtime import observe
from shared.store.meters import Meters
from shared.store.tables import MessageItem, MeterItem
from tests.bed import START, Bed, bed_on

EVENTS = Path(__file__).parents[1] / "events"
LIN = {
    "email": "lin@acme-robotics.example",
    "name": "林小姐",
    "company": "Acme Robotics",
    "title": "CTO",
    "country": "CN",
    "consent_email": True,
}
MARCH = "/api/costs?month=2026-03"


class Doubled(Calm):
    """Whatever is delivered comes twice."""

    def deliver(self, *delivery: Any) -> list[list[Any]]:
        return [batch for batch in super().deliver(*delivery) for _ in range(2)]


class ThrottledOnce(Calm):
    """SES refuses the first mail for now."""

    def __init__(self) -> None:
        self.asked = 0

    def before_call(self, call: Call) -> None:
        if call.operation == "SendEmail":
            self.asked += 1
            if self.asked == 1:
                raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "SendEmail")


@pytest.fixture
def poor(content: Path, tmp_path: Path) -> Iterator[Bed]:
    """A Ripen whose month may cost two mails."""
    for path in content.rglob("*"):
        target = tmp_path / path.relative_to(content)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    policies = json.loads((tmp_path / "policies.json").read_text(encoding="utf-8"))
    policies["budget"]["monthly_usd"] = 0.0002
    (tmp_path / "policies.json").write_text(json.dumps(policies), encoding="utf-8")
    with bed_on(tmp_path) as bed:
        yield bed


def post(bed: Bed, name: str = "lin") -> None:
    answer = bed.http("POST", "/f/whitepaper", json={**LIN, "email": f"{name}@{name}-works.example"})
    assert answer.status == 202, answer.body
    bed.pump()


def counted(month: str = "2026-03") -> dict[str, int]:
    return total(Meters().of_month(month))


def receipts_given() -> dict[str, int]:
    """The counts as the receipts have them."""
    given = [item for item in MessageItem.scan() if item.status in GIVEN]
    return dict(Counter(f"{item.channel}|{item.journey or NO_JOURNEY}|{item.klass}" for item in given))


def costs(bed: Bed, path: str = MARCH) -> dict[str, Any]:
    answer = bed.admin("GET", path)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# ------------------------------------------------------------------ counting


def test_the_counts_are_those_of_the_receipts_and_of_the_mails(bed: Bed) -> None:
    post(bed)
    post(bed, "wang")
    bed.later(days=3, minutes=5)
    bed.open_and_click(0)
    assert counted() == receipts_given()
    assert sum(counted().values()) == len(bed.mails) == 5
    assert counted() == {
        "email|-|internal": 1,
        "email|whitepaper-three-steps|marketing": 2,
        "email|whitepaper-three-steps|transactional": 2,
    }


def test_what_is_delivered_twice_is_counted_once(bed: Bed) -> None:
    bed.world.deliveries.faults = Doubled()
    post(bed)
    post(bed, "wang")
    bed.later(days=8)
    assert counted() == receipts_given()
    assert sum(counted().values()) == len(bed.mails) == 6
    assert bed.world.deliveries.count["MeterFunction"] % 2 == 0


def test_a_mail_that_ses_throttled_is_counted_once_it_leaves(bed: Bed) -> None:
    bed.tolerant = True
    bed.world.deliveries.faults = ThrottledOnce()
    post(bed)
    assert [item.status for item in MessageItem.scan()] == ["queued"]
    assert (counted(), len(bed.mails)) == ({}, 0)
    bed.later(minutes=10)
    assert [item.status for item in MessageItem.scan()] == ["delivered"]
    assert counted() == receipts_given()
    assert sum(counted().values()) == len(bed.mails) == 1


def test_each_shard_has_its_own_row_and_the_month_is_their_sum(bed: Bed) -> None:
    post(bed)
    bed.invoke("Meter", json.loads((EVENTS / "stream-messages.json").read_text(encoding="utf-8")))
    assert {row.shard: sum(row.counts.values()) for row in Meters().of_month("2026-03")} == {
        "single": 1,
        "shardId-00000001772413200000-5a1f0c3e": 1,
    }
    assert sum(counted().values()) == 2


def test_what_was_refused_costs_nothing(bed: Bed) -> None:
    bed.http("POST", "/f/whitepaper", json={**LIN, "consent_email": ""})
    bed.later(days=8)
    assert [item.status for item in MessageItem.scan()].count("refused") == 2
    assert sum(counted().values()) == 1


def test_a_record_that_is_no_receipt_is_set_aside_and_the_rest_is_counted(bed: Bed) -> None:
    bed.tolerant = True
    event = json.loads((EVENTS / "stream-messages.json").read_text(encoding="utf-8"))
    del event["Records"][0]["dynamodb"]["NewImage"]["at"]
    event["Records"].pop()
    assert bed.invoke("Meter", event) == {"state": {}}
    assert sum(counted().values()) == 1
    assert len(bed.world.set_aside) == 1


def test_a_window_that_ends_without_records_is_answered(bed: Bed) -> None:
    event = {"Records": [], "state": {}, "shardId": "s", "isFinalInvokeForWindow": True}
    assert bed.invoke("Meter", event) == {"state": {}}
    assert not list(MeterItem.scan())


# ------------------------------------------------------------------ the budget


def test_a_used_up_budget_stops_marketing_and_nothing_else(poor: Bed) -> None:
    post(poor)
    post(poor, "wang")  # two papers: the budget
    poor.later(days=3, minutes=5)
    post(poor, "zhou")
    marketing = [item for item in MessageItem.scan() if item.klass == "marketing"]
    assert [(item.status, item.reasons) for item in marketing] == [("refused", ["budget"])] * 2
    assert all("budget: 100.00 % of 0.0002 USD used" in item.checks for item in marketing)
    assert sorted(mail.to for mail in poor.mails) == [
        "lin@lin-works.example", "wang@wang-works.example", "zhou@zhou-works.example",
    ]  # fmt: skip


def test_below_the_budget_the_last_mail_still_goes(poor: Bed) -> None:
    post(poor)  # 50 %
    poor.later(days=3, minutes=5)
    assert [item.status for item in MessageItem.scan() if item.klass == "marketing"] == ["delivered"]
    poor.later(days=4)
    assert sorted(item.status for item in MessageItem.scan() if item.klass == "marketing") == ["delivered", "refused"]


def test_a_new_month_begins_with_a_full_budget(poor: Bed) -> None:
    poor.until(START.replace(day=30, hour=2))
    post(poor)
    post(poor, "wang")
    poor.later(days=3, minutes=5)  # 2 April
    assert {item.status for item in MessageItem.scan() if item.klass == "marketing"} == {"delivered"}
    assert (sum(counted().values()), sum(counted("2026-04").values())) == (2, 2)


def test_the_meter_tells_an_alarm_from_the_warning_on(
    poor: Bed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from functions.meter.handler import handler
    from infra.rehearsal.deliveries import LambdaContext

    post(poor)
    post(poor, "wang")
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    observe._metrics().metric_set.clear()
    event = json.loads((EVENTS / "stream-messages.json").read_text(encoding="utf-8"))
    capsys.readouterr()
    meter = poor.world.template.function("Meter")
    handler(event, LambdaContext(meter, 1))
    [told] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "BudgetUsedPercent" in line]
    [declared] = told["_aws"]["CloudWatchMetrics"]
    assert (told["BudgetUsedPercent"], declared["Dimensions"]) == ([150.0], [["service"]])
    alarms = list(poor.world.template.of_type("AWS::CloudWatch::Alarm"))
    budget = [alarm.properties for alarm in alarms if alarm.properties.get("MetricName") == "BudgetUsedPercent"]
    assert len(budget) == 2
    for alarm in budget:
        assert alarm["Namespace"] == declared["Namespace"]
        assert alarm["Dimensions"] == [{"Name": "service", "Value": meter.environment["POWERTOOLS_SERVICE_NAME"]}]


# ------------------------------------------------------------------ the console


def test_the_months_costs_are_told_by_channel_and_journey(bed: Bed) -> None:
    post(bed)
    bed.later(days=3, minutes=5)
    bed.open_and_click(0)
    assert costs(bed) == {
        "month": "2026-03",
        "spent_usd": "0.0003 USD",
        "budget_usd": "50.00 USD",
        "percent": 0.0,
        "state": "fine",
        "by_channel": {"email": "0.0003 USD"},
        "by_journey": {"whitepaper-three-steps": "0.0002 USD", "-": "0.0001 USD"},
        "messages": {"internal": 1, "marketing": 1, "transactional": 1},
    }
    assert costs(bed, "/api/costs")["spent_usd"] == "0.0003 USD"
    assert costs(bed, "/api/costs?month=2026-02")["messages"] == {}


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-3", "../../x", "%E2%80%AE2026-03"])
def test_what_is_no_month_is_refused(bed: Bed, month: str) -> None:
    answer = bed.admin("GET", f"/api/costs?month={month}")
    assert (answer.status, list(answer.json()["errors"])) == (422, ["month"])


def test_a_persons_receipts_say_what_they_cost(bed: Bed) -> None:
    post(bed)
    bed.later(days=3, minutes=5)
    [lead] = bed.admin("GET", "/api/leads").json()["items"]
    answer = bed.admin("GET", f"/api/leads/{lead['lead_id']}/messages").json()
    assert answer["cost"] == {
        "messages_usd": "0.0002 USD",
        "infrastructure_estimate_usd": "0.000109 USD",
        "total_usd": "0.000309 USD",
    }
    page = bed.admin("GET", f"/leads/{lead['lead_id']}", headers={"Accept-Language": "en"}).text
    assert "US$0.000309" in page


@pytest.mark.parametrize(("language", "words"), [("en", "marketing mails have stopped"), ("zh", "营销邮件已停发")])
def test_the_home_page_says_that_the_budget_is_used_up(poor: Bed, language: str, words: str) -> None:
    post(poor)
    post(poor, "wang")
    poor.later(minutes=1)
    for path in ("/", "/costs"):
        assert words in poor.admin("GET", path, headers={"Accept-Language": language}).text
    sales = poor.admin("GET", "/", {"username": "sales", "groups": "sales"}, headers={"Accept-Language": language})
    assert words not in sales.text


def test_the_home_page_is_quiet_as_long_as_all_is_well(bed: Bed) -> None:
    assert 'class="note' not in bed.admin("GET", "/", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_a_bar_for_each_journey_and_channel(bed: Bed, language: str) -> None:
    post(bed)
    page = bed.admin("GET", "/costs?month=2026-03", headers={"Accept-Language": language}).text
    assert "whitepaper-three-steps" in page
    assert page.count("US$0.0001") >= 3
    assert len(re.findall(r'<rect class="fill-time" width="[\d.]+"', page)) == 3
    assert "month=2026-02" in page
    assert "month=2026-04" not in page
