"""The local AWS's process: MiniStack, with the mail tap before it and the mailbox beside it.

    python -m infra.local.gateway --folder .local --port 4566

Reads MiniStack's settings from the environment (see Place.server_environment). Stops cleanly, state saved, on SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.middleware import AsyncioWSGIMiddleware

from infra.local import mailbox, ministack_fixes
from infra.local.mail_store import MailStore
from infra.local.mail_tap import App, MailTap, Receive, Send
from infra.local.place import Place
from infra.local.ses_publisher import SesPublisher


def create(place: Place) -> App:
    """The ASGI application that answers on the gateway's port."""
    from ministack.app import app as aws  # reads the environment when it is imported

    ministack_fixes.apply()
    store = MailStore(place.mail)
    publisher = SesPublisher(place, store)
    tapped = MailTap(aws, store, publisher)
    local = cast(App, AsyncioWSGIMiddleware(mailbox.create(store, publisher)))

    async def gateway(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(mailbox.PREFIX)
        await (local if ours else tapped)(scope, receive, send)

    return gateway


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    _raise_file_limit()
    config = Config()
    config.bind = [f"127.0.0.1:{arguments.port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    asyncio.run(serve(create(Place(arguments.folder, arguments.port)), config))  # type: ignore[arg-type]


def _raise_file_limit() -> None:
    """Each warm function holds pipes; the soft limit of 1,024 is soon reached."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
