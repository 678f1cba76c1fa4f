"""What a person did with a journey's mail is noted on its receipt: the first open, the first click, and that neither was a person's after all.

The journeys' figures are folded from the receipts. A receipt is written once for the first open, once more for a first click in a later visit, and never
again: whoever opens a mail a hundred times costs a read each time. What is written is worked out from the timeline, so that the same
delivery coming twice, or coming late, writes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from shared.domain.lead import Lead
from shared.domain.machines import by_people
from shared.domain.message import CLICKED, NOBODY, OPENED, Receipt
from shared.domain.moments import floor_to
from shared.domain.timeline import EMAIL_CLICKED, EMAIL_OPENED, HUMAN, TOUCHES_VOIDED, Activity
from shared.domain.traffic import TooMuchTraffic

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.messages import Messages

_ATTEMPTS = 4
_RANK = {"": 0, NOBODY: 0, OPENED: 1, CLICKED: 2}
_SAYS = {EMAIL_OPENED: OPENED, EMAIL_CLICKED: CLICKED}
# Touches are filed under the beginning of their hour, what takes them back may be filed some seconds before the first of them.
_MARGIN = timedelta(hours=1)


class ResponsePorts(NamedTuple):
    """What noting touches; `find` follows an id to where a person is now."""

    messages: Messages
    activities: Activities
    find: Callable[[str], Lead | None]


def note_responses(fresh: Iterable[Activity], ports: ResponsePorts) -> None:
    """Notes what `fresh`, activities of one person, say of the mails of journeys. Raises TooMuchTraffic."""
    for message_id, touches in _by_message(fresh).items():
        for receipt in _receipts(touches[0].lead_id, message_id, touches, ports):
            _note(receipt, touches, ports)


def _by_message(fresh: Iterable[Activity]) -> dict[str, list[Activity]]:
    """The touches that may change a receipt, by message: those of people, and those that take something back. What a merge moved was noted where it happened."""
    found: dict[str, list[Activity]] = {}
    for activity in fresh:
        is_touch = activity.type in _SAYS and activity.agent == HUMAN and activity.detail.get("journey")
        if (is_touch and not activity.detail.get("again")) or activity.type == TOUCHES_VOIDED:
            found.setdefault(str(activity.detail["message_id"]), []).append(activity)
    return found


def _receipts(lead_id: str, message_id: str, touches: Sequence[Activity], ports: ResponsePorts) -> Iterator[Receipt]:
    """The receipt of the message. Of a merged person's mail it stands under their own id, while its sweep may be found under the survivor's."""
    owners = [lead_id]
    if any(touch.type == TOUCHES_VOIDED for touch in touches):
        lead = ports.find(lead_id)
        owners += [each for each in (lead.members if lead else ()) if each != lead_id]
    for owner in owners:
        receipt = ports.messages.get(owner, message_id)
        if receipt is not None:
            yield receipt
            return


def _note(receipt: Receipt, touches: Sequence[Activity], ports: ResponsePorts) -> None:
    if not receipt.version or _is_no_news(receipt, touches):
        return
    for _ in range(_ATTEMPTS):
        said = _said(receipt, ports)
        if said == receipt.response or ports.messages.respond(receipt, said):
            return
        again = ports.messages.get(receipt.lead_id, receipt.message_id)
        if again is None:
            return
        receipt = again
    raise TooMuchTraffic(f"the receipt {receipt.message_id} is written by too many at once")


def _is_no_news(receipt: Receipt, touches: Sequence[Activity]) -> bool:
    return all(touch.type in _SAYS and _RANK[_SAYS[touch.type]] <= _RANK[receipt.response] for touch in touches)


def _said(receipt: Receipt, ports: ResponsePorts) -> str:
    """What the timeline says: also that of the person into whom the receipt's was merged, where the lines have moved."""
    since = floor_to(receipt.at - _MARGIN, 3600)
    now = ports.find(receipt.lead_id)
    ids = dict.fromkeys((receipt.lead_id, *([now.lead_id] if now else [])))
    rows = [row for lead_id in ids for row in ports.activities.since(lead_id, since)]
    mine = [row for row in rows if row.detail.get("message_id") == receipt.message_id]
    kept = [_SAYS[row.type] for row in by_people(mine) if row.type in _SAYS and row.agent == HUMAN]
    best = max(kept, key=lambda response: _RANK[response], default="")
    return best or (NOBODY if receipt.response else "")
