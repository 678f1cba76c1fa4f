"""Who is one person: names as they are compared, pairs as they are judged, and the figures on ten thousand dirty rows with known truth."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cleaning import CleaningRules
from shared.domain.doubles import DIFFERENT, LIKELY, SAME, clusters, features_of, find_pairs, judge_pair
from shared.domain.mail_domains import MailDomains
from shared.domain.person_names import name_words, surname_sounds
from tests.unit.domain.dirty_people import dirty_people

LIN = {"name": "林美", "company": "华星物流有限公司", "email": "lin@huaxing.example", "phone_key": "+8613912047765"}
ANNA = {"name": "Anna Müller", "company": "Brandt GmbH", "email": "anna.mueller@brandt.example"}


@pytest.fixture(scope="module")
def domains(content: Path) -> MailDomains:
    return MailDomains.of(json.loads((content / "domains.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "spellings",
    [
        ("Jürgen Müller", "Müller, Jürgen", "Prof. Dr. JUERGEN MUELLER", "Ｊürgen  Müller"),
        ("林美", "林 美", "林美女士", "林美 经理"),
        ("Zhang Wei", "Wei Zhang", "zhang wei"),
    ],
)
def test_spellings_of_one_name_are_equal(spellings: tuple[str, ...]) -> None:
    assert len({name_words(each) for each in spellings}) == 1


def test_a_chinese_surname_meets_its_sound() -> None:
    assert surname_sounds("张伟") & surname_sounds("Zhang Wei")
    assert surname_sounds("欧阳娜娜") == {"欧阳"}


@given(st.text(max_size=30))
def test_words_of_words_are_the_words(name: str) -> None:
    assert name_words(" ".join(name_words(name))) == name_words(name)


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (LIN, {**LIN, "email": "ＬＩＮ@Huaxing.example", "phone_key": ""}, SAME),
        (LIN, {**LIN, "email": ""}, SAME),
        (LIN, {**LIN, "email": "wang@huaxing.example", "name": "王工"}, DIFFERENT),
        (LIN, {**LIN, "email": "lin.mei@huaxing.example"}, LIKELY),
        (LIN, {**LIN, "email": "", "name": "王强"}, LIKELY),
        (LIN, {**LIN, "email": "other@qq.com", "phone_key": "", "company": ""}, DIFFERENT),
        (ANNA, {**ANNA, "email": "a.mueller@brandt.example", "name": "Mueller, Anna"}, LIKELY),
        (ANNA, {**ANNA, "email": "bernd.mueller@brandt.example", "name": "Bernd Müller"}, DIFFERENT),
        (
            {**ANNA, "email": "info@brandt.example"},
            {**ANNA, "email": "info@brandt.example", "name": "Ute Weiß"},
            LIKELY,
        ),
        (
            {**LIN, "name": "林小姐", "phone_key": ""},
            {**LIN, "name": "林美", "email": "m@huaxing.example", "phone_key": ""},
            DIFFERENT,
        ),
    ],
)
def test_a_pair_is_judged_both_ways_round(
    domains: MailDomains, one: dict[str, str], other: dict[str, str], verdict: str
) -> None:
    first, second = features_of(one, domains), features_of(other, domains)
    assert judge_pair(first, second).verdict == judge_pair(second, first).verdict == verdict


def test_in_a_large_block_only_who_is_called_the_same_is_compared(domains: MailDomains) -> None:
    people = [{"name": f"王{chr(0x4E00 + number)}", "email": f"w{number}@huaxing.example"} for number in range(60)]
    people.append({"name": people[3]["name"], "email": "someone@huaxing.example"})
    found = [(one, other) for one, other, _ in find_pairs([features_of(each, domains) for each in people])]
    assert found == [(3, 60)]


def test_who_is_asked_for_is_compared_with_everybody_else(domains: MailDomains) -> None:
    records = [features_of({**ANNA, "email": f"a{number}@brandt.example"}, domains) for number in range(4)]
    assert {(one, other) for one, other, _ in find_pairs(records, 1)} == {(0, 1), (0, 2), (0, 3)}


@given(st.permutations([(0, 1), (1, 2), (4, 5), (5, 3)]))
def test_clusters_do_not_depend_on_the_order_of_pairs(pairs: list[tuple[int, int]]) -> None:
    assert clusters(7, pairs) == [0, 0, 0, 3, 3, 3, 6]


def test_ten_thousand_dirty_rows_are_told_apart(
    domains: MailDomains, content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = json.loads((content / "policies.json").read_text(encoding="utf-8"))["cleaning"]
    rules = CleaningRules(policy, domains)
    rows = dirty_people(10_000)
    junk = [bool(rules.findings(row.fields, {}, row.fields.get("phone_key", "")[3:])) for row in rows]
    kept = [row for row, is_junk in zip(rows, junk, strict=True) if not is_junk]
    found = list(find_pairs([features_of(row.fields, domains) for row in kept]))
    one = clusters(len(kept), [(a, b) for a, b, verdict in found if verdict.verdict == SAME])
    decided = _pairs(enumerate(one))
    true = _pairs((index, row.truth) for index, row in enumerate(kept))
    precision, recall = len(decided & true) / len(decided), len(decided & true) / len(true)
    asked = {(a, b) for a, b, verdict in found if verdict.verdict == LIKELY}
    caught = sum(is_junk and row.truth < 0 for row, is_junk in zip(rows, junk, strict=True))
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what the test is for
            f"\n{len(rows)} rows, {len({row.truth for row in kept})} people: precision {precision:.4f}, recall {recall:.4f} of {len(true)} pairs; "
            f"{len(asked)} pairs for review, {len(asked & true)} of them true; junk caught {caught} of {sum(row.truth < 0 for row in rows)}, "
            f"wrongly {sum(is_junk and row.truth > 0 for row, is_junk in zip(rows, junk, strict=True))}"
        )
    assert precision >= 0.99
    assert recall >= 0.95
    assert caught == sum(row.truth < 0 for row in rows)


def _pairs(members: object) -> set[tuple[int, int]]:
    together: dict[int, list[int]] = defaultdict(list)
    for index, group in members:  # type: ignore[attr-defined]
        together[group].append(index)
    return {pair for group in together.values() for pair in combinations(sorted(group), 2)}
