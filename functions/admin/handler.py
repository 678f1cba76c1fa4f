"""The console and its JSON, for people who signed in. Views are registered through the gate, which knows who may use each, with the first request
of their part of the console: a start that made them all would take half as long again.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from chalice.app import Chalice

from functions.admin import pages_signin
from functions.admin.gate import Gate
from shared.runtime.http import entry_point

# Each module of views, and the parts of the console that it makes views of.
VIEWS: Final = {
    "api": "/api/accounts /api/audit /api/handoffs /api/leads /api/scoring /api/segments /api/suppressions /api/touchpoints",
    "pages_accounts": "/accounts",
    "pages_compliance": "/audit /suppressions",
    "pages_costs": "/costs /api/costs",
    "pages_doubles": "/doubles /api/doubles /api/leads",
    "pages_handoffs": "/handoffs",
    "pages_imports": "/imports /api/imports",
    "pages_journey_text": "/journeys /api/journeys",
    "pages_journeys": "/journeys /api/journeys /api/webhooks",
    "pages_leads": "/ /leads",
    "pages_mails": "/mails /api/mails",
    "pages_quarantine": "/lists /quarantine /api/lists /api/quarantine",
    "pages_scoring": "/scoring",
    "pages_segments": "/segments",
    "pages_touchpoints": "/touchpoints",
    "present_why_not": "/api/leads",
}


def part_of(path: str) -> str:
    """The part of the console that a path lies in: `/leads` for `/leads/{lead_id}/tags`, `/api/leads` for the same call."""
    return "/".join(path.split("/")[: 3 if path.startswith("/api/") else 2])


def make_views(part: str | None = None) -> None:
    """Makes the views of this part, those that are not made yet; None: of every part."""
    for name, parts in VIEWS.items():
        if name not in _made and (part is None or part in parts.split()):
            import_module(f"functions.admin.{name}").register(gate)
            _made.add(name)


class Console(Chalice):
    """The app, which has the views that were asked for so far."""

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        make_views(part_of(event.get("requestContext", {}).get("resourcePath") or ""))
        return super().__call__(event, context)


_made: set[str] = set()
app = Console(app_name="admin", configure_logs=False)
handler = entry_point(app)
gate = Gate(app)
pages_signin.register(app, gate)
