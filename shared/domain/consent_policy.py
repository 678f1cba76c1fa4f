"""What a person's country asks of whoever writes to them (templates/policies/consent.yaml), and which country that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.calling_codes import country_of_number

# Calling codes of one country only: +1 and +7 are shared, so they say nothing.
_CALLING_CODES = {
    "86": "CN", "852": "HK", "853": "MO", "886": "TW", "65": "SG", "81": "JP", "82": "KR", "60": "MY", "66": "TH",
    "84": "VN", "62": "ID", "63": "PH", "91": "IN", "61": "AU", "64": "NZ", "971": "AE", "972": "IL", "90": "TR",
    "27": "ZA", "49": "DE", "43": "AT", "41": "CH", "423": "LI", "33": "FR", "44": "GB", "353": "IE", "31": "NL",
    "32": "BE", "352": "LU", "39": "IT", "34": "ES", "351": "PT", "46": "SE", "47": "NO", "45": "DK", "358": "FI",
    "354": "IS", "48": "PL", "420": "CZ", "421": "SK", "36": "HU", "40": "RO", "359": "BG", "385": "HR", "386": "SI",
    "30": "GR", "357": "CY", "356": "MT", "372": "EE", "371": "LV", "370": "LT", "52": "MX", "55": "BR", "54": "AR",
    "56": "CL", "57": "CO", "51": "PE",
}  # fmt: skip
# Only endings that are sold to people of the country: .io, .ai, .co, .me and their like are sold to everybody.
_ENDINGS = {"uk": "GB"} | {
    code.lower(): code
    for code in [
        "CN",
        "HK",
        "TW",
        "SG",
        "JP",
        "KR",
        "AU",
        "NZ",
        "DE",
        "AT",
        "CH",
        "LI",
        "FR",
        "IE",
        "NL",
        "BE",
        "LU",
        "IT",
        "ES",
        "PT",
        "SE",
        "NO",
        "DK",
        "FI",
        "PL",
        "CZ",
        "SK",
        "HU",
        "RO",
        "BG",
        "HR",
        "SI",
        "GR",
        "EE",
        "LV",
        "LT",
        "CA",
        "BR",
    ]
}


def country_rule(policy: Mapping[str, Any], country: str) -> Mapping[str, Any]:
    """The rule of `country` (ISO 3166 alpha-2), else the default, which is the strictest."""
    rule: Mapping[str, Any] = policy["countries"].get(country) or policy["default"]
    return rule


def likely_country(profile: Mapping[str, str]) -> str:
    """The country a person said; else that of their phone number; else that of their address's ending; "" when nothing tells.

    `phone_key` is the number in E.164 form, with its +.
    """
    if profile.get("country"):
        return profile["country"]
    if country := country_of_number(profile.get("phone_key", ""), _CALLING_CODES):
        return country
    return _ENDINGS.get(profile.get("email", "").rpartition(".")[2].lower(), "")


def wants_confirmation(policy: Mapping[str, Any], profile: Mapping[str, str]) -> bool:
    """Whether a ticked e-mail box counts only once the address is confirmed (double opt-in) where this person most likely lives."""
    return bool(country_rule(policy, likely_country(profile))["double_opt_in"])
