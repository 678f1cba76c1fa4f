"""Filter patterns of event source mappings."""

from __future__ import annotations

from typing import Any

import pytest

from infra.rehearsal.filters import lets_through

EVENT = {"eventName": "INSERT", "n": 5, "tags": ["a", "b"], "dynamodb": {"NewImage": {"type": {"S": "form_submitted"}}}}


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ({}, True),
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["REMOVE"]}, False),
        ({"dynamodb": {"NewImage": {"type": {"S": ["form_submitted"]}}}}, True),
        ({"dynamodb": {"NewImage": {"type": {"S": ["page_viewed"]}}}}, False),
        ({"dynamodb": {"OldImage": {"type": {"S": ["form_submitted"]}}}}, False),
        ({"eventName": ["INSERT"], "n": [6]}, False),
        ({"tags": ["b"]}, True),
        ({"eventName": [{"prefix": "IN"}]}, True),
        ({"eventName": [{"suffix": "ERT"}]}, True),
        ({"eventName": [{"anything-but": ["REMOVE"]}]}, True),
        ({"eventName": [{"anything-but": "INSERT"}]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"eventName": [{"exists": False}]}, False),
        ({"n": [{"numeric": [">", 4, "<=", 5]}]}, True),
        ({"n": [{"numeric": ["<", 5]}]}, False),
        ({"eventName": [{"numeric": ["=", 5]}]}, False),
        ({"missing": [None]}, False),
    ],
)
def test_a_pattern_lets_through_what_has_one_of_its_values_at_every_key(pattern: dict[str, Any], passes: bool) -> None:
    assert lets_through(pattern, EVENT) is passes


def test_an_operator_that_is_not_understood_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(ValueError, match="cidr"):
        lets_through({"ip": [{"cidr": "10.0.0.0/8"}]}, {"ip": "10.0.0.1"})
