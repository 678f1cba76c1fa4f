"""The exact keys by which many traces are one person: e-mail address, CRM id, WeChat's ids, phone number, visitor cookie."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_DOTLESS = {"gmail.com", "googlemail.com"}


def email_key(address: str) -> str:
    """The form in which two spellings of one mailbox are equal.

    Width and case are folded and the domain is punycode; Gmail ignores dots and ``+tag``. Elsewhere ``+tag`` may be another mailbox, so it stays.
    `address` is already known to be an address; raises ValueError where it is not.
    """
    folded = unicodedata.normalize("NFKC", address).strip().casefold()
    local, at, domain = folded.rpartition("@")
    if not (local and at and domain):
        raise ValueError("not an e-mail address")
    domain = domain.encode("idna").decode() if not domain.isascii() else domain
    if domain in _DOTLESS:
        return f"{local.split('+')[0].replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


EMAIL, CRM, UNIONID, PHONE, OPENID, VISITOR = "email", "crm", "unionid", "phone", "openid", "visitor"
# Which field of a profile carries the key.
FIELD_OF: Mapping[str, str] = {
    EMAIL: "email",
    CRM: "crm_id",
    UNIONID: "wechat_unionid",
    PHONE: "phone_key",
    OPENID: "wechat_openid",
}
# A posted key that somebody has does not stand for them when one of these is known of both and differs: it is stronger, or is how mail reaches them.
_SPEAKS_AGAINST: Mapping[str, tuple[str, ...]] = {
    CRM: (),
    UNIONID: (EMAIL, CRM),
    PHONE: (EMAIL, CRM, UNIONID),
    OPENID: (EMAIL, CRM, UNIONID, PHONE),
}
_WECHAT_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
_CRM_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,100}")


def wechat_id(text: str) -> str:
    """WeChat's id of a person (an openid for one account, a unionid for all of a company's); "" for what is none. Case counts."""
    return text if _WECHAT_ID.fullmatch(text) else ""


def crm_id(text: str) -> str:
    """The id of a person's record in the CRM; "" for what is none."""
    return text if _CRM_ID.fullmatch(text) else ""


def key_value(kind: str, profile: Mapping[str, str]) -> str:
    """The value of this key as it is compared; "" where the profile has none."""
    value = profile.get(FIELD_OF[kind], "")
    return email_key(value) if kind == EMAIL and value else value


def speaks_against(kind: str, one: Mapping[str, str], other: Mapping[str, str], *more: str) -> bool:
    """Whether two who share the key `kind` differ in one that counts for more, or in one of `more`."""
    pairs = ((key_value(each, one), key_value(each, other)) for each in (*_SPEAKS_AGAINST[kind], *more))
    return any(mine and yours and mine != yours for mine, yours in pairs)


# Mailboxes behind which sits whoever is on duty.
_ROLES = frozenset(
    (
        *("info", "sales", "contact", "office", "hello", "mail", "service", "support", "admin", "marketing", "kontakt"),
        *("vertrieb", "buero", "einkauf", "purchasing", "procurement", "accounting", "hr", "jobs", "team", "enquiries"),
        *("webmaster", "postmaster", "abuse", "billing", "market", "business", "public", "reception", "zentrale"),
    )
)


def is_role_mailbox(address: str) -> bool:
    """Whether the address is an office's and no person's: nobody is known by it alone."""
    return bool(address) and email_key(address).partition("@")[0].split("+")[0] in _ROLES


def suppression_keys(address: str) -> list[str]:
    """Every table key under which this address may have said no: itself and its domain."""
    key = email_key(address)
    return [f"email:{key}", f"domain:{key.rpartition('@')[2]}"]
