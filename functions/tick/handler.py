"""Hands what is due to the due queue, each minute."""

from __future__ import annotations

from typing import Any

from shared.runtime import clock
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.usecases.set_timer import hand_on_due


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"due": hand_on_due(wiring.timers, wiring.due_queue, clock.now())}
