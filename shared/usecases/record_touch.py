"""Opens, clicks and page views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.domain.forms import clean
from shared.domain.ids import key_id, stable_id
from shared.domain.links import Link
from shared.domain.machines import void_of
from shared.domain.message import DELIVERED, SENT, Receipt
from shared.domain.moments import floor_to
from shared.domain.timeline import ANONYMOUS_PAGE_VIEWED, EMAIL_CLICKED, EMAIL_OPENED, HUMAN, PAGE_VIEWED, Activity

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.messages import Messages
    from shared.store.people import People

_URL_MAX, _VISITOR_MAX = 500, 64


class BadView(Exception):
    """The page view says nothing that could be recorded."""


# Who opened or clicked, from the kind of touch and the time since the mail was delivered (None: not known).
Judge = Callable[[str, timedelta | None], str]


def record_open(link: Link, judge: Judge, *, messages: Messages, activities: Activities, now: datetime) -> None:
    """An open of a mail that Ripen sent; the pixel of mail that was never sent records nothing."""
    receipt = messages.get(link.lead_id, link.message_id)
    if receipt is None or receipt.klass == "internal":
        return
    detail = {"message_id": link.message_id, "template": receipt.template, "journey": receipt.journey}
    agent = judge(EMAIL_OPENED, _age(receipt, now))
    _append(Activity(link.lead_id, EMAIL_OPENED, now, link.message_id, "email", agent, detail), activities)


def record_click(link: Link, judge: Judge, *, messages: Messages, activities: Activities, now: datetime) -> None:
    """A click on a link of a mail."""
    receipt = messages.get(link.lead_id, link.message_id)
    if receipt is None or receipt.klass == "internal":
        return
    detail = {"message_id": link.message_id, "template": receipt.template, "journey": receipt.journey, "link": link.url}
    cause = stable_id(link.message_id, link.url)
    agent = judge(EMAIL_CLICKED, _age(receipt, now))
    _append(Activity(link.lead_id, EMAIL_CLICKED, now, cause, "email", agent, detail), activities)


def _age(receipt: Receipt, now: datetime) -> timedelta | None:
    """How long ago the mail was delivered; from when it was sent, as long as nobody has reported the delivery."""
    return now - (receipt.settled_at or receipt.at) if receipt.shown_status in (SENT, DELIVERED) else None


def _append(touch: Activity, activities: Activities) -> None:
    """Repeats within an hour are one touch. But where a filter came first and was found out, the person after it is somebody else."""
    if activities.append(touch) or touch.agent != HUMAN:
        return
    since = floor_to(touch.at - timedelta(hours=1), 3600)
    voids = [void_of(activity) for activity in activities.since(touch.lead_id, since)]
    mail = [void for void in voids if void and void.message_id == touch.detail["message_id"]]
    if mail and not any(void.covers(touch) for void in mail):
        activities.append(replace(touch, cause=stable_id(touch.cause, "after a machine")))


def record_view(
    url: object,
    referrer: object,
    visitor: object,
    agent: str,
    *,
    secret: bytes,
    people: People,
    activities: Activities,
    now: datetime,
) -> None:
    """A page view of a visitor, on their own timeline when they are known, else kept under the visitor until they are. Raises BadView."""
    page, visitor_id = _page(url), visitor if isinstance(visitor, str) else ""
    if page is None or not 8 <= len(visitor_id) <= _VISITOR_MAX:
        raise BadView("url and visitor are needed: an http(s) address or a path, and an id of 8 to 64 characters")
    key = key_id(secret, "visitor", visitor_id)
    lead = people.find(key)
    detail = page | ({"referrer": clean(referrer)[:_URL_MAX]} if isinstance(referrer, str) and referrer else {})
    kind = PAGE_VIEWED if lead else ANONYMOUS_PAGE_VIEWED
    cause = stable_id(visitor_id, page["host"], page["path"])
    activities.append(Activity(lead.lead_id if lead else key, kind, now, cause, "web", agent, detail))


def _page(url: object) -> dict[str, str] | None:
    """Host and path of an address; its query may hold anything about anybody and is not kept."""
    if not isinstance(url, str) or not url or len(url) > 4 * _URL_MAX:
        return None
    try:
        parts = urlsplit(clean(url))
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", "") or not (parts.netloc or parts.path.startswith("/")):
        return None
    path = parts.path.rstrip("/") or "/"
    return {"host": (parts.hostname or "")[:_URL_MAX], "path": path[:_URL_MAX]}
