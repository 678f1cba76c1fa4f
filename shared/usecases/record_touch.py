"""Opens, clicks and page views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from shared.domain.channels import channel_of
from shared.domain.forms import clean
from shared.domain.ids import key_id, stable_id
from shared.domain.links import Link
from shared.domain.machines import hidden_link_hit, void_of
from shared.domain.message import DELIVERED, SENT, Receipt
from shared.domain.moments import floor_to
from shared.domain.timeline import ANONYMOUS_PAGE_VIEWED, EMAIL_CLICKED, EMAIL_OPENED, HUMAN, PAGE_VIEWED, Activity
from shared.usecases.follow_touchpoint import find_touchpoint
from shared.usecases.limit_posts import is_too_much

if TYPE_CHECKING:
    from shared.store.activities import Activities
    from shared.store.messages import Messages
    from shared.store.people import People
    from shared.store.touchpoints import Touchpoints
    from shared.usecases.limit_posts import PostLimit

_URL_MAX, _VISITOR_MAX, _VIEWS_MAX, _QUERY_MAX, _UTM_MAX = 500, 64, 20, 50, 200
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


class BadView(Exception):
    """The page view says nothing that could be recorded."""


class TooManyViews(Exception):
    """More than the people behind this network address, or the owner of this browser, would look at."""


# Who opened or clicked, from the kind of touch and the time since the mail was delivered (None: not known).
Judge = Callable[[str, timedelta | None], str]


def record_open(
    link: Link, judge: Judge, *, messages: Messages, activities: Activities, per_mail: PostLimit, now: datetime
) -> None:
    """An open of a mail that Ripen sent; the pixel of mail that was never sent records nothing, nor does one that is fetched without end."""
    receipt = _receipt_of(link, messages, per_mail, now)
    if receipt is None:
        return
    detail = {"message_id": link.message_id, "template": receipt.template, "journey": receipt.journey}
    agent = judge(EMAIL_OPENED, _age(receipt, now))
    _append(Activity(link.lead_id, EMAIL_OPENED, now, link.message_id, "email", agent, detail), activities)


def record_click(
    link: Link, judge: Judge, *, messages: Messages, activities: Activities, per_mail: PostLimit, now: datetime
) -> None:
    """A click on a link of a mail, or of a message of another channel."""
    receipt = _receipt_of(link, messages, per_mail, now)
    if receipt is None:
        return
    detail = {"message_id": link.message_id, "template": receipt.template, "journey": receipt.journey, "link": link.url}
    cause = stable_id(link.message_id, link.url)
    agent = judge(EMAIL_CLICKED, _age(receipt, now))
    # The type is the same for every channel, so that rules and conditions hold for each; which it was, the channel says.
    _append(Activity(link.lead_id, EMAIL_CLICKED, now, cause, receipt.channel, agent, detail), activities)


def record_hidden_hit(
    link: Link,
    *,
    policy: Mapping[str, Any],
    messages: Messages,
    activities: Activities,
    per_mail: PostLimit,
    now: datetime,
) -> None:
    """Somebody followed the link of a mail that nobody can see. Hits within a minute are one."""
    if _receipt_of(link, messages, per_mail, now) is None:
        return
    void = hidden_link_hit(link.lead_id, link.message_id, now, policy)
    activities.append(void.as_activity(now))


def _receipt_of(link: Link, messages: Messages, per_mail: PostLimit, now: datetime) -> Receipt | None:
    """What the link's mail says of itself. None: nobody is to be told of the touch, because the mail was never sent or went to a colleague, or is fetched
    without end.
    """
    if per_mail.is_over(link.message_id, now):
        return None
    receipt = messages.get(link.lead_id, link.message_id, consistent=False)
    return None if receipt is None or receipt.klass == "internal" else receipt


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


class ViewPorts(NamedTuple):
    """What page views touch; `channels` is templates/policies/channels.yaml, `per_ip` and `per_visitor` count views."""

    secret: bytes
    channels: Mapping[str, Any]
    people: People
    activities: Activities
    touchpoints: Touchpoints
    per_ip: PostLimit
    per_visitor: PostLimit


def record_views(said: Mapping[str, Any], agent: str, ip: str, ports: ViewPorts, now: datetime) -> None:
    """The page views of one visitor: ``{visitor, url, referrer}`` or ``{visitor, views: [{url, referrer}, …]}``. Raises BadView or TooManyViews, and
    then records none.

    They stand on the visitor's own timeline when they are known, else are kept under the visitor until they are.
    """
    visitor, views = said.get("visitor"), said.get("views", [said])
    if not isinstance(visitor, str) or not 8 <= len(visitor) <= _VISITOR_MAX:
        raise BadView("visitor is needed: an id of 8 to 64 characters")
    if not isinstance(views, list) or not 1 <= len(views) <= _VIEWS_MAX:
        raise BadView(f"views is a list of 1 to {_VIEWS_MAX}")
    key = key_id(ports.secret, "visitor", visitor)
    many = len(views)
    if is_too_much(ports.per_ip, ip, secret=ports.secret, now=now, by=many) or ports.per_visitor.is_over(
        key, now, many
    ):
        raise TooManyViews
    details = [_view(view, ports) for view in views]
    # Half the price of the newest state: a browser is known from the moment of its form, and its next page comes later than that.
    lead = ports.people.find(key, consistent=False)
    kind = PAGE_VIEWED if lead else ANONYMOUS_PAGE_VIEWED
    for detail in details:
        cause = stable_id(visitor, detail["host"], detail["path"])
        told = lead.line(detail) if lead else detail
        ports.activities.append(Activity(lead.lead_id if lead else key, kind, now, cause, "web", agent, told))


def _view(view: object, ports: ViewPorts) -> dict[str, Any]:
    """What is kept of one view. Raises BadView."""
    page = _page(view.get("url")) if isinstance(view, dict) else None
    if not isinstance(view, dict) or page is None:
        raise BadView("url is needed: an http(s) address or a path")
    came_from = _page(view.get("referrer"))
    detail: dict[str, Any] = {**page}
    if came_from and came_from["host"]:
        detail["referrer"] = f"https://{came_from['host']}{came_from['path']}"
    if touch := _touch(view["url"], detail.get("referrer", ""), ports):
        detail["touch"] = touch
    return detail


def _touch(url: str, referrer: str, ports: ViewPorts) -> dict[str, str]:
    """Where a visitor came from, when the address says so: its ``utm_*`` and what its code (``s``) stands for."""
    query = dict(parse_qsl(urlsplit(clean(url)).query)[:_QUERY_MAX])
    said = {name: clean(query[name])[:_UTM_MAX] for name in _UTM if query.get(name)}
    touchpoint = find_touchpoint(query.get("s"), ports.touchpoints)
    touch = said | (touchpoint.touch if touchpoint else {})
    return touch | {"channel": channel_of(ports.channels, touch | {"referrer": referrer})} if touch else {}


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
