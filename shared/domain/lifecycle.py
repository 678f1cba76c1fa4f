"""The funnel: which stage may follow which (REQUIREMENTS C7 as a table)."""

from __future__ import annotations

LEAD, MQL, SAL, SQL, OPPORTUNITY, CUSTOMER = "lead", "mql", "sal", "sql", "opportunity", "customer"
RECYCLED, DISQUALIFIED = "recycled", "disqualified"
STAGES = (LEAD, MQL, SAL, SQL, OPPORTUNITY, CUSTOMER, RECYCLED, DISQUALIFIED)
# Sales is on it: whoever is there is not issued a second time.
IN_SALES_HANDS = (MQL, SAL, SQL, OPPORTUNITY)

# Forward one step or more (sales may win a deal straight from an MQL), out by recycling or disqualifying, back in through MQL.
_NEXT: dict[str, frozenset[str]] = {
    LEAD: frozenset({MQL, DISQUALIFIED}),
    MQL: frozenset({SAL, SQL, OPPORTUNITY, CUSTOMER, RECYCLED, DISQUALIFIED}),
    SAL: frozenset({SQL, OPPORTUNITY, CUSTOMER, RECYCLED, DISQUALIFIED}),
    SQL: frozenset({OPPORTUNITY, CUSTOMER, RECYCLED, DISQUALIFIED}),
    OPPORTUNITY: frozenset({CUSTOMER, RECYCLED, DISQUALIFIED}),
    CUSTOMER: frozenset(),
    RECYCLED: frozenset({MQL, DISQUALIFIED}),
    DISQUALIFIED: frozenset({RECYCLED}),
}


class IllegalTransition(Exception):
    """A stage was asked for that may not follow the present one."""

    def __init__(self, present: str, wanted: str) -> None:
        allowed = ", ".join(sorted(_NEXT[present])) or "none"
        super().__init__(f"a lead in stage {present} cannot become {wanted} (allowed: {allowed})")


def check_transition(present: str, wanted: str) -> None:
    """Returns when `wanted` may follow `present`, else raises IllegalTransition with the reason."""
    if wanted not in _NEXT[present]:
        raise IllegalTransition(present, wanted)


def stages_before(wanted: str) -> list[str]:
    """The stages from which `wanted` may be reached, for a conditional write."""
    return [stage for stage in STAGES if wanted in _NEXT[stage]]
