"""Which company a person belongs to: by the domain of their address, else by the core of the name they gave. A free mailbox is no company's."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.company_names import company_core
from shared.domain.identity import email_key
from shared.domain.ids import stable_id
from shared.domain.mail_domains import MailDomains
from shared.domain.scoring import has_clear_company


def account_domain(profile: Mapping[str, str], domains: MailDomains) -> str:
    """The registrable domain of the company whose mailbox the person has; "" for a free mailbox and for none."""
    email = profile.get("email", "")
    return domains.company_domain(email_key(email).rpartition("@")[2]) if email else ""


def account_key(profile: Mapping[str, str], domains: MailDomains) -> str:
    """``domain:acme.example`` or ``company:acme robotics``; "" where neither is known."""
    if domain := account_domain(profile, domains):
        return f"domain:{domain}"
    company = profile.get("company", "")
    core = company_core(company) if company and has_clear_company(company) else ""
    return f"company:{core}" if len(core) > 1 else ""


def account_id(profile: Mapping[str, str], domains: MailDomains) -> str:
    """The id that all people of one company share; "" where none is known."""
    key = account_key(profile, domains)
    return stable_id("account", key) if key else ""


def account_of_name(core: str) -> str:
    """The id of those who gave only this name (its core) of their company; "" for none."""
    return stable_id("account", f"company:{core}") if len(core) > 1 else ""
