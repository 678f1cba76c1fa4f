"""Is enough known of somebody for sales to work with? What is missing is named (templates/policies/sales.yaml, ``mql_gate``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.cleaning import TEST_LEAD, CleaningRules
from shared.domain.lead import Lead
from shared.domain.scoring import has_clear_company

# In the order in which a salesperson asks.
NEEDS = ("company", "company_email", "phone", "title", "company_size", "not_a_test")


@dataclass(frozen=True)
class MqlGate:
    """`needs` is what must be known; `binding`: whether a ripe lead waits for it, or is handed over and the gaps are only shown."""

    needs: tuple[str, ...]
    binding: bool
    rules: CleaningRules

    @classmethod
    def of(cls, policy: Mapping[str, Any], rules: CleaningRules) -> MqlGate:
        """From the policy of sales."""
        return cls(tuple(policy["needs"]), bool(policy["binding"]), rules)

    def missing(self, lead: Lead) -> tuple[str, ...]:
        """What is not known of `lead`, or not good enough; nothing: the gate is passed."""
        return tuple(need for need in NEEDS if need in self.needs and not _KNOWN[need](lead.profile, self.rules))


def _has_company_email(profile: Mapping[str, str], rules: CleaningRules) -> bool:
    domain = profile.get("email", "").rpartition("@")[2].casefold()
    return bool(domain) and bool(rules.domains.company_domain(domain))


def _is_no_test(profile: Mapping[str, str], rules: CleaningRules) -> bool:
    return all(finding.code != TEST_LEAD for finding in rules.findings(profile, {}))


_KNOWN: dict[str, Callable[[Mapping[str, str], CleaningRules], bool]] = {
    "company": lambda profile, _: has_clear_company(profile.get("company", "")),
    "company_email": _has_company_email,
    "phone": lambda profile, _: bool(profile.get("phone")),
    "title": lambda profile, _: bool(profile.get("title", "").strip()),
    "company_size": lambda profile, _: bool(profile.get("company_size", "").strip()),
    "not_a_test": _is_no_test,
}
