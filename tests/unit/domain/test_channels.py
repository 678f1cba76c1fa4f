"""Which channel a visitor came by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.channels import channel_of, channels_of, group_of


@pytest.fixture(scope="module")
def policy(content: Path) -> dict[str, Any]:
    return dict(json.loads((content / "policies.json").read_text(encoding="utf-8"))["channels"])


@pytest.mark.parametrize(
    ("said", "channel", "group"),
    [
        ({"channel": "event", "utm_medium": "cpc"}, "event", "paid"),
        ({"utm_source": "baidu", "utm_medium": "CPC"}, "sem", "paid"),
        ({"utm_medium": "sem"}, "sem", "paid"),
        ({"utm_medium": "kol"}, "kol", "partner"),
        ({"utm_medium": "call"}, "call", "free"),
        ({"utm_source": "newsletter"}, "email", "free"),
        ({"utm_source": "linkedin"}, "social", "free"),
        ({"referrer": "https://www.baidu.com/s?wd=x"}, "seo", "free"),
        ({"referrer": "https://www.google.com"}, "seo", "free"),
        ({"referrer": "https://notgoogle.com"}, "content", "free"),
        ({"referrer": "https://trade-journal.example/article"}, "content", "free"),
        ({"referrer": "https://www.google.com", "utm_medium": "cpc"}, "sem", "paid"),
        ({"referrer": "https://www.google.com", "utm_source": "unheard-of"}, "direct", "free"),
        ({"referrer": "https://[bad"}, "direct", "free"),
        ({}, "direct", "free"),
        ({"channel": "skywriting"}, "skywriting", "other"),
    ],
)
def test_a_touch_has_a_channel_and_a_channel_a_group(
    said: dict[str, str], channel: str, group: str, policy: dict[str, Any]
) -> None:
    assert channel_of(policy, said) == channel
    assert group_of(policy, channel) == group


def test_every_channel_has_its_name_in_both_languages(policy: dict[str, Any]) -> None:
    assert all(set(name) == {"en", "zh"} for name in channels_of(policy).values())
