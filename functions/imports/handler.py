"""Takes imported files a step further (imports queue)."""

from __future__ import annotations

from typing import Any

from shared.runtime import clock
from shared.runtime.batches import each_message
from shared.runtime.observe import observed
from shared.runtime.wiring import wiring
from shared.usecases.import_people import take_import_step


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    return each_message(event, _step)


def _step(body: dict[str, Any]) -> None:
    take_import_step(body["import_id"], int(body["tries"]), wiring.import_ports, clock.now())
