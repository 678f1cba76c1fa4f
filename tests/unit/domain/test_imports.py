"""Tables as people export them: any encoding, any separator, headers in three languages or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.imports import UnreadableFile, read_sheet

ZH = "姓名,公司名称,手机号码,电子邮箱,职位\n林小姐,华星物流有限公司,13912047765,lin@huaxing.example,总监\n张伟,东海科技,13912047766,zhang@donghai.example,经理\n"
DE = "Vorname;Nachname;Firma;E-Mail-Adresse;Straße\nJürgen;Müller;Müller Maschinenbau GmbH & Co. KG;j.mueller@mm.example;Königsallee 1\n"


@pytest.fixture(scope="module")
def headers(content: Path) -> Any:
    return json.loads((content / "policies.json").read_text(encoding="utf-8"))["imports"]["headers"]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_chinese_is_read_in_every_encoding_that_excel_writes(headers: Any, encoding: str, told: str) -> None:
    sheet = read_sheet(ZH.encode(encoding), headers)
    assert sheet.encoding == told
    assert next(iter(sheet.people())) == {
        "name": "林小姐",
        "company": "华星物流有限公司",
        "phone": "13912047765",
        "email": "lin@huaxing.example",
        "title": "总监",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_umlauts_are_not_taken_for_chinese(headers: Any, encoding: str) -> None:
    [person] = read_sheet(DE.encode(encoding), headers).people()
    assert person == {
        "name": "Jürgen Müller",
        "company": "Müller Maschinenbau GmbH & Co. KG",
        "email": "j.mueller@mm.example",
    }


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(headers: Any, separator: str) -> None:
    text = separator.join(["E-mail", "Full Name", "Company"]) + "\n" + separator.join(["a@b.example", '"Li, Mei"', "B"])
    sheet = read_sheet(text.encode(), headers)
    assert sheet.separator == separator
    assert next(iter(sheet.people()))["name"] == "Li, Mei"


def test_cells_may_hold_line_ends_and_rows_may_be_short(headers: Any) -> None:
    sheet = read_sheet(b'email,name,notes\r\na@b.example,"Li","first\r\nsecond"\r\n\r\nc@d.example\r\n', headers)
    assert list(sheet.people()) == [
        {"email": "a@b.example", "name": "Li", "message": "first\r\nsecond"},
        {"email": "c@d.example"},
    ]


def test_a_column_is_used_once_and_the_nearer_name_wins(headers: Any) -> None:
    sheet = read_sheet(
        b"Contact e-mail,E-mail,Mobile phone no.,Company size (employees)\nx@y.example,a@b.example,1,2\n", headers
    )
    assert {sheet.columns[index]: field for index, field in sheet.mapping.items()} == {
        "E-mail": "email",
        "Mobile phone no.": "phone",
        "Company size (employees)": "company_size",
        "Contact e-mail": "name",
    } or "Contact e-mail" not in {sheet.columns[index] for index in sheet.mapping}


def test_what_somebody_says_about_a_column_counts(headers: Any) -> None:
    sheet = read_sheet(b"Old mail,Mail\na@b.example,c@d.example\n", headers, {"Old mail": "email", "Mail": ""})
    assert list(sheet.people()) == [{"email": "a@b.example"}]


def test_a_table_without_headers_is_known_by_what_is_in_it(headers: Any) -> None:
    sheet = read_sheet("林小姐,lin@huaxing.example,13912047765\n张伟,z@d.example,13912047766".encode(), headers)
    assert [person["email"] for person in sheet.people()] == ["lin@huaxing.example", "z@d.example"]


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"colour,size\nred,3\n", b"PK\x03\x04\x00\x00\x00binary", b"\xff\xfe\x00"]
)
def test_what_is_no_list_of_people_is_refused(headers: Any, raw: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_sheet(raw, headers)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    names = {"email": ["email"], "phone": ["phone"]}
    try:
        list(read_sheet(b"email,phone\n" + raw, names).people())
        list(read_sheet(raw, names).people())
    except UnreadableFile:
        pass
