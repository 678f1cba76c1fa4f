"""Listens at the local SES's door: keeps every mail that it accepts, with the headers and tags that it forgets."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

from infra.local.mail_store import MailStore
from infra.local.ses_publisher import SesPublisher

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

SEND_EMAIL = "/v2/email/outbound-emails"
log = logging.getLogger("ripen.mailbox")


class MailTap:
    """ASGI middleware around the local AWS. The request and the answer pass unchanged."""

    def __init__(self, app: App, store: MailStore, publisher: SesPublisher) -> None:
        self._app = app
        self._store = store
        self._publisher = publisher
        self._telling: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].rstrip("/") == SEND_EMAIL:
            await self._send_email(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _send_email(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        request, answer = bytearray(), bytearray()
        status = 0

        async def hear() -> Message:
            message = await receive()
            request.extend(message.get("body", b""))
            return message

        async def overhear(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            answer.extend(message.get("body", b""))
            ends = message["type"] == "http.response.body" and not message.get("more_body")
            # Kept before the sender hears of it: whoever sees "sent" finds the mail in the mailbox.
            kept = self._keep(bytes(request), bytes(answer)) if ends and status == 200 else None
            await send(message)
            if kept:
                kept()

        await self._app(scope, hear, overhear)

    def _keep(self, request: bytes, answer: bytes) -> Callable[[], None]:
        mail = self._store.add(json.loads(request), json.loads(answer)["MessageId"], datetime.now(UTC))

        def tell() -> None:
            task = asyncio.create_task(asyncio.to_thread(self._publisher.accepted, mail))
            self._telling.add(task)
            task.add_done_callback(self._told)

        return tell

    def _told(self, task: asyncio.Task[None]) -> None:
        self._telling.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("The events of a mail were not published: %s", error, exc_info=error)
