"""Whichever way somebody writes a country, it is its code; what is no country is none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.country_names import country_code
from tests.unit.content.conftest import TEMPLATES, Break, Content

WRITTEN = yaml.safe_load((TEMPLATES / "policies" / "country_names.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def names(content: Content) -> dict[str, str]:
    found: dict[str, str] = content("countries")
    return found


def test_every_country_has_its_name_in_three_languages_and_each_leads_to_its_code(names: dict[str, str]) -> None:
    assert len(WRITTEN) == 249
    for code, row in WRITTEN.items():
        for name in (code, code.lower(), row["en"], row["zh"], row["de"], *row["also"], row["en"].upper()):
            assert country_code(name, names) == code, name


def test_what_the_forms_offer_leads_to_its_code(content: Content, names: dict[str, str]) -> None:
    (field,) = (field for field in content("forms")["whitepaper"]["fields"] if field["name"] == "country")
    for choice in field["choices"]:
        told = {country_code(said, names) for said in (choice["value"], *choice["label"].values())}
        assert told == {choice["value"]}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        *(
            ("中国", "CN"),
            ("中华人民共和国", "CN"),
            ("中國", "CN"),
            ("PRC", "CN"),
            ("P.R. China", "CN"),
            ("ＣＮ", "CN"),
        ),
        *(("台湾", "TW"), ("台灣", "TW"), ("臺灣", "TW"), ("香港", "HK"), ("Hong Kong", "HK"), ("澳门", "MO")),
        *(("Deutschland", "DE"), ("DEUTSCHLAND ", "DE"), ("deu", "DE"), ("Germany (DE)", "DE"), ("德国 Germany", "")),
        *(("Schweiz", "CH"), ("Österreich", "AT"), ("Oesterreich", "AT"), ("OSTERREICH", "AT"), ("de", "DE")),
        *(("USA", "US"), ("U.S.", "US"), ("u.s.a.", "US"), ("the United States", "US"), ("UK", "GB"), ("U.K.", "GB")),
        *(("Großbritannien", "GB"), ("GROSSBRITANNIEN", "GB"), ("The Netherlands", "NL"), ("Türkei", "TR")),
        *(
            ("Cote d'Ivoire", "CI"),
            ("Trinidad & Tobago", "TT"),
            ("España", "ES"),
            ("Korea, Republic of", "KR"),
            ("no", "NO"),
        ),
        *(("ZZ", ""), ("Atlantis", ""), ("Niger / Nigeria", ""), ("", ""), ("-", ""), ("12", ""), ("EU", "")),
    ],
)
def test_common_writings(said: str, code: str, names: dict[str, str]) -> None:
    assert country_code(said, names) == code


@given(said=st.one_of(st.text(max_size=60), st.sampled_from(sorted(WRITTEN)).map(str.lower)))
def test_a_code_stays_what_it_is(said: str, names: dict[str, str]) -> None:
    code = country_code(said, names)
    assert code == "" or code in WRITTEN
    assert country_code(code, names) == code


def test_a_name_of_two_countries_is_found_when_content_is_built(broken: Break, tmp_path: Path) -> None:
    [found] = broken("policies/country_names.yaml", "also: [DEU,", "also: [DEU, Frankreich,")
    assert "Frankreich" in found.what
    assert not (tmp_path / "out").exists()


def test_a_country_that_forms_offer_and_nobody_reads_is_found(broken: Break) -> None:
    [found] = broken("policies/countries.yaml", "zh: 新加坡", "zh: 法国")
    assert "法国" in found.what
