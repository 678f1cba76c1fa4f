"""Who opened and clicked: by the request, by the haste, by the network, and by what several clicks together say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.machines import Request, hidden_link_hit, judge_touch, sweeps, void_of, who_it_was
from shared.domain.timeline import EMAIL_CLICKED, EMAIL_OPENED, Activity

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile Safari/604.1"
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
HOME, PROOFPOINT, BARRACUDA = "203.0.113.9", "148.163.130.4", "64.235.150.10"


def judged(policies: dict[str, Any], kind: str, agent: str, seconds: float | None, ip: str = HOME, **more: str) -> str:
    age = None if seconds is None else timedelta(seconds=seconds)
    return judge_touch(kind, Request("GET", {"user-agent": agent, **more}, ip), age, policies["machines"])


@pytest.mark.parametrize(
    ("kind", "agent", "seconds", "ip", "who"),
    [
        (EMAIL_CLICKED, SAFARI, 3600, HOME, "human"),
        (EMAIL_CLICKED, SAFARI, 1, HOME, "human"),  # a notification on the phone
        (EMAIL_CLICKED, SAFARI, 3600, BARRACUDA, "machine"),  # its filters decide alone
        (EMAIL_CLICKED, SAFARI, 60, PROOFPOINT, "probable_machine"),  # isolation: haste decides
        (EMAIL_CLICKED, SAFARI, 3600, PROOFPOINT, "human"),
        (EMAIL_CLICKED, "", 8, HOME, "probable_machine"),
        (EMAIL_CLICKED, "", 11, HOME, "human"),  # the window of clicks is over
        (EMAIL_CLICKED, "Trendmicro-scan/1", 3600, HOME, "machine"),
        (EMAIL_CLICKED, SAFARI, None, PROOFPOINT, "human"),  # nobody knows when it was delivered
        (EMAIL_OPENED, GOOGLE, 1, HOME, "human"),
        (EMAIL_OPENED, "YahooMailProxy; https://help.yahoo.com", 1, HOME, "human"),
        (EMAIL_OPENED, "Mozilla/5.0", 3600, HOME, "probable_machine"),  # Apple's privacy proxy
        (EMAIL_OPENED, "", 3600, HOME, "probable_machine"),
        (EMAIL_OPENED, SAFARI, 3600, HOME, "human"),
        (EMAIL_OPENED, SAFARI, 3600, "not an address", "human"),
    ],
)
def test_one_touch(policies: dict[str, Any], kind: str, agent: str, seconds: float | None, ip: str, who: str) -> None:
    assert judged(policies, kind, agent, seconds, ip) == who


@pytest.mark.parametrize(("kind", "seconds", "who"), [(EMAIL_OPENED, 5, "probable_machine"), (EMAIL_OPENED, 6, "human"), (EMAIL_CLICKED, 10, "probable_machine"), (EMAIL_CLICKED, 11, "human")])  # fmt: skip
def test_a_policy_may_let_haste_decide_alone_with_a_window_for_each_kind(
    policies: dict[str, Any], kind: str, seconds: int, who: str
) -> None:
    windows = policies["machines"]["windows"] | {"decide_alone": True}
    strict = {"machines": policies["machines"] | {"windows": windows}}
    assert judged(strict, kind, SAFARI, seconds) == who


def clicked(link: str, seconds: float, message: str = "m1", agent: str = "human") -> Activity:
    at = T0 + timedelta(seconds=seconds)
    return Activity("lin", EMAIL_CLICKED, at, message + link, "email", agent, {"message_id": message, "link": link})


def opened(seconds: float, message: str = "m1") -> Activity:
    return Activity(
        "lin", EMAIL_OPENED, T0 + timedelta(seconds=seconds), message, "email", detail={"message_id": message}
    )


def test_three_links_within_seconds_are_a_sweep_and_take_the_open_with_them(policies: dict[str, Any]) -> None:
    clicks = [clicked("a", 0), clicked("b", 2), clicked("c", 4)]
    [void] = sweeps(clicks, policies["machines"])
    assert all(who_it_was(touch, [void]) == "probable_machine" for touch in [*clicks, opened(-5)])
    assert who_it_was(opened(-3600), [void]) == "human"
    assert who_it_was(clicked("a", 3600), [void]) == "human"
    assert who_it_was(clicked("a", 1, "m2"), [void]) == "human"


@pytest.mark.parametrize(
    "clicks",
    [
        [clicked("a", 0), clicked("b", 2)],
        [clicked("a", 0), clicked("a", 2), clicked("a", 4)],
        [clicked("a", 0), clicked("b", 60), clicked("c", 120)],
        [clicked("a", 0), clicked("b", 1, "m2"), clicked("c", 2, "m3")],
    ],
    ids=["two links", "one link thrice", "a minute apart", "of three mails"],
)
def test_what_is_no_sweep(policies: dict[str, Any], clicks: list[Activity]) -> None:
    assert sweeps(clicks, policies["machines"]) == []


def test_a_click_that_gave_itself_away_counts_towards_a_sweep(policies: dict[str, Any]) -> None:
    assert sweeps([clicked("a", 0, agent="machine"), clicked("b", 1), clicked("c", 2)], policies["machines"])


def test_who_follows_the_hidden_link_loses_what_is_within_twenty_seconds(policies: dict[str, Any]) -> None:
    void = hidden_link_hit("lin", "m1", T0, policies["machines"])
    told = [who_it_was(clicked("a", seconds), [void]) for seconds in (-21, -20, 0, 20, 21)]
    assert told == ["human", "machine", "machine", "machine", "human"]


def test_a_void_survives_being_written_down(policies: dict[str, Any]) -> None:
    void = hidden_link_hit("lin", "m1", T0, policies["machines"])
    assert void_of(void.as_activity(T0)) == void
    assert void_of(opened(0)) is None


CLICKS = st.lists(
    st.builds(clicked, st.sampled_from("abcd"), st.integers(0, 60), st.sampled_from(["m1", "m2"])), max_size=12
)


@given(clicks=CLICKS, data=st.data())
def test_the_order_in_which_clicks_are_looked_at_changes_nothing(
    policies: dict[str, Any], clicks: list[Activity], data: st.DataObject
) -> None:
    assert sweeps(data.draw(st.permutations(clicks)), policies["machines"]) == sweeps(clicks, policies["machines"])
