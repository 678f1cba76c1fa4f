"""Which key decides when keys disagree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity import CRM, EMAIL, FIELD_OF, OPENID, PHONE, UNIONID, crm_id, speaks_against, wechat_id

KINDS = st.sampled_from([CRM, UNIONID, PHONE, OPENID])
PROFILES = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["a@x.example", "A@X.example", "b@x.example"]),
        "crm_id": st.sampled_from(["1", "2"]),
        "wechat_unionid": st.sampled_from(["u1", "u2"]),
        "phone_key": st.sampled_from(["+1", "+2"]),
        "wechat_openid": st.sampled_from(["o1", "o2"]),
    },
)


@given(KINDS, PROFILES, PROFILES)
def test_what_speaks_against_two_being_one_does_not_depend_on_who_came_first(kind, one, other):  # type: ignore[no-untyped-def]
    assert speaks_against(kind, one, other) == speaks_against(kind, other, one)


@given(KINDS, PROFILES, PROFILES)
def test_nothing_speaks_against_somebody_of_whom_only_the_key_is_known(kind, one, other):  # type: ignore[no-untyped-def]
    alone = {name: value for name, value in other.items() if name == FIELD_OF[kind]}
    assert not speaks_against(kind, one, alone)


def test_two_spellings_of_one_address_are_no_difference() -> None:
    assert not speaks_against(PHONE, {"email": "Lin@Acme.example"}, {"email": "lin@acme.example"})
    assert speaks_against(PHONE, {"email": "lin@acme.example"}, {"email": "mei@acme.example"})


def test_the_crm_s_word_outweighs_an_address_unless_two_records_would_merge() -> None:
    one, other = {"email": "lin@acme.example"}, {"email": "mei@acme.example"}
    assert not speaks_against(CRM, one, other)
    assert speaks_against(CRM, one, other, EMAIL)


def test_what_is_no_id_is_none() -> None:
    assert wechat_id("o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
    assert not any(
        map(wechat_id, ("", "o6", "o6 bmjrPTlm6 2sgVt7hMZOPfL2M", "o" * 65, "客户客户客户客户客户客户客户客户客户客户"))
    )
    assert crm_id("00Q5g00000ABCde")
    assert not any(map(crm_id, ("", "two words", "x" * 101, "line\nbreak")))
