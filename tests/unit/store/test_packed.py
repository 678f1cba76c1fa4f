import base64
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.store.packed import PackedJson, pack, unpack

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_what_was_packed_is_unpacked(value: Any) -> None:
    assert unpack(pack(value)) == value


def test_rows_packed_by_the_first_dictionary_stay_readable() -> None:
    assert unpack(bytes.fromhex(FIRST)) == {"email": {"state": "granted", "at": "2026-03-02T01:00:00.000Z", "form": "whitepaper", "purpose": "marketing", "version": "a1"}}  # fmt: skip


def test_a_short_consent_is_less_than_half_its_text() -> None:
    text = '{"email":{"state":"granted","at":"2026-03-02T01:00:00.000Z","form":"whitepaper","purpose":"marketing"}}'
    consent = {
        "email": {"state": "granted", "at": "2026-03-02T01:00:00.000Z", "form": "whitepaper", "purpose": "marketing"}
    }
    assert len(pack(consent)) < len(text) / 2


def test_a_row_from_before_it_was_packed_is_read() -> None:
    attribute = PackedJson()
    assert attribute.deserialize(attribute.get_value({"S": '{"email":{}}'})) == {"email": {}}
    assert attribute.deserialize(attribute.get_value({"B": pack(["x"])})) == ["x"]


def test_a_record_of_a_stream_holds_it_as_base64() -> None:
    attribute = PackedJson()
    record = {"B": base64.b64encode(pack({"form": "demo"})).decode()}
    assert attribute.deserialize(attribute.get_value(record)) == {"form": "demo"}


FIRST = "0123d689c6ba064621068684cc23ece84443a03b01"
