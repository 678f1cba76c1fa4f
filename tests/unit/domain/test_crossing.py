from datetime import UTC, datetime, timedelta

from shared.domain.crossing import Crossing, from_text, newest, to_text
from shared.domain.timeline import EMAIL_CLICKED, Activity

AT = datetime(2026, 3, 10, 1, 10, 0, 250_000, UTC)
WARM = Crossing("cold", "warm", 31, AT - timedelta(days=4), "abcdefgh")
HOT = Crossing("warm", "hot", 50, AT, "ijklmnop")


def test_crossings_are_read_as_they_were_written() -> None:
    assert from_text(to_text([WARM, HOT])) == (WARM, HOT)
    assert from_text("") == ()
    assert len(to_text([WARM, HOT])) < 80


def test_a_negative_score_and_a_moment_before_the_epoch_are_kept() -> None:
    odd = Crossing("warm", "cold", -5, datetime(1969, 12, 31, 23, 59, 59, 1000, UTC), "x")
    assert from_text(to_text([odd])) == (odd,)


def test_a_crossing_told_twice_is_one_activity() -> None:
    first, second = HOT.told("lead"), from_text(to_text([HOT]))[0].told("lead")
    assert first == second
    assert first.sort_key == second.sort_key
    assert first.detail == {"from": "warm", "to": "hot", "score": 50}


def test_the_newest_of_some_activities_is_the_same_in_any_order() -> None:
    twins = [Activity("lead", EMAIL_CLICKED, AT, cause) for cause in ("one", "two")]
    older = Activity("lead", EMAIL_CLICKED, AT - timedelta(seconds=1), "three")
    assert newest([*twins, older]) == newest([older, *reversed(twins)])
    assert newest([*twins, older]) in twins
