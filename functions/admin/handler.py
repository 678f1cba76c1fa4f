"""The console and its JSON, for people who signed in. Views are registered through the gate, which knows who may use each."""

from __future__ import annotations

from chalice.app import Chalice

from functions.admin import (
    api,
    pages_accounts,
    pages_compliance,
    pages_costs,
    pages_doubles,
    pages_handoffs,
    pages_imports,
    pages_journey_text,
    pages_journeys,
    pages_leads,
    pages_mails,
    pages_quarantine,
    pages_scoring,
    pages_segments,
    pages_signin,
    pages_touchpoints,
)
from functions.admin.gate import Gate
from shared.runtime.http import entry_point

app = Chalice(app_name="admin", configure_logs=False)
handler = entry_point(app)
gate = Gate(app)

pages_signin.register(app, gate)
api.register(gate)
pages_leads.register(gate)
pages_accounts.register(gate)
pages_segments.register(gate)
pages_handoffs.register(gate)
pages_compliance.register(gate)
pages_quarantine.register(gate)
pages_doubles.register(gate)
pages_imports.register(gate)
pages_costs.register(gate)
pages_scoring.register(gate)
pages_touchpoints.register(gate)
pages_journeys.register(gate)
pages_journey_text.register(gate)
pages_mails.register(gate)
