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
from shared.domain.person_names import name_words, surname_sounds, turned_round
from shared.domain.said_names import said
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
    assert surname_sounds("欧阳娜娜") & surname_sounds("Ouyang Nana")
    assert surname_sounds("伟 张") & surname_sounds("Zhang Wei")


@pytest.mark.parametrize(
    ("chinese", "letters"),
    [
        ("张伟", "Zhang Wei"),
        ("伟 张", "Wei Zhang"),
        ("张建国", "Zhang Jianguo"),
        ("张建国先生", "Jian-Guo ZHANG"),
        ("张 建国", "Zhang, Jian Guo"),
        ("欧阳娜娜", "Ouyang Nana"),
        ("吕艳", "Lyu Yan"),
        ("吕艳", "Lü Yan"),
        ("曾乐", "Zeng Yue"),
        ("单晟", "Shan Sheng"),
        ("晏殊", "Yan Shu"),
    ],
)
def test_a_name_in_characters_is_the_one_in_letters(domains: MailDomains, chinese: str, letters: str) -> None:
    one = features_of({"name": chinese, "company": "华兴物流", "email": "zw88@qq.com"}, domains)
    other = features_of({"name": letters, "company": "华兴物流有限公司", "email": "wei@huaxing-log.cn"}, domains)
    assert judge_pair(one, other).verdict == judge_pair(other, one).verdict == LIKELY
    assert "name_sound" in judge_pair(one, other).why
    assert [found[2].verdict for found in find_pairs([one, other])] == [LIKELY]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张伟", "Zhang Min"),
        ("张建国", "Zhang Guojian"),
        ("张伟", "章薇"),
        ("林", "Lin"),
        ("林小姐", "Lin Mei"),
        ("张伟", "Wei Li"),
        ("林美", "美林 张"),
    ],
)
def test_a_name_that_is_said_otherwise_is_another(domains: MailDomains, one: str, other: str) -> None:
    pair = [
        features_of({"name": name, "company": "华兴物流", "email": f"x{at}@qq.com"}, domains)
        for at, name in enumerate((one, other))
    ]
    assert judge_pair(*pair).verdict == DIFFERENT


def test_a_given_name_before_its_surname_is_turned_round(domains: MailDomains) -> None:
    pair = [
        features_of({"name": name, "company": "华兴物流", "email": f"{at}ab@qq.com"}, domains)
        for at, name in enumerate(("伟 张", "张伟"))
    ]
    assert (judge_pair(*pair).verdict, judge_pair(*pair).why[0]) == (LIKELY, "name")
    assert [turned_round(name) for name in ("林 美", "林 江", "Wei 张", "伟  张", "建国 张")] == [
        "",
        "",
        "",
        "张伟",
        "张建国",
    ]


@given(st.text(max_size=20), st.text(alphabet="张王林欧阳伟美娜建国吕曾 ·Wei", max_size=9))
def test_whatever_a_name_is_its_sound_is_bounded(anything: str, chinese: str) -> None:
    assert len(said(anything)) <= 32
    assert len(said(chinese)) <= 32


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
