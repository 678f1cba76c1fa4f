"""A whole Ripen on a local AWS of its own: fresh, IAM enforced, on a free port, gone afterwards.

Fixtures for every test here, browser tests included:

    stack      dict of stack.json: public_url, admin_url, mailbox_url, endpoint_url, users[role] = {username, password}
    place      infra.local.place.Place: `place.client("dynamodb")` is a boto3 client of the local root user
    visitor    posts forms, opens mails, follows links: what people and their mail programs do (tests.e2e.people.Visitor)
    mailbox    what they received, and what their servers report (tests.e2e.people.Mailbox)
    browser    a headless Chromium, one for the tests of a file; tests.e2e.browsing.window opens a window in it
    console    the admin API, signed in as admin; console.sign_in("sales") for another role (tests.e2e.people.Console)

Starting takes about a minute, so it is done once a session. While you write tests, keep one running and reuse it:
`make up`, then `RIPEN_STACK=.local/stack.json pytest tests/e2e`. Tests must then bear the data of earlier runs: use
fresh addresses (`visitor.address("cto")`), never count everything.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from infra.local import server
from infra.local import stack as local_stack
from infra.local.place import Place, read_json
from tests.e2e.browsing import chromium
from tests.e2e.people import Console, Mailbox, Visitor


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The running local AWS."""
    if running := os.environ.get("RIPEN_STACK"):
        path = Path(running).resolve()
        yield Place(path.parent, urlsplit(read_json(path)["endpoint_url"]).port or 80)
        return
    fresh = Place(tmp_path_factory.mktemp("local-aws"), _free_port())
    try:
        local_stack.bring_up(fresh, leads=0)
        yield fresh
    finally:
        server.stop(fresh)
        if fresh.log.is_file():
            # Shown by pytest only when something failed.
            sys.stderr.write(fresh.log.read_text(errors="replace")[-20_000:])


@pytest.fixture(scope="session")
def stack(place: Place) -> dict[str, Any]:
    """The addresses and users, as `make run` writes them to .local/stack.json."""
    return dict(read_json(place.stack_file))


@pytest.fixture(scope="session")
def console(stack: dict[str, Any]) -> Console:
    return Console(stack).sign_in("admin")


@pytest.fixture(scope="session")
def mailbox(stack: dict[str, Any]) -> Mailbox:
    return Mailbox(stack["mailbox_url"])


@pytest.fixture(scope="session")
def visitor(stack: dict[str, Any]) -> Visitor:
    return Visitor(stack["public_url"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # A session's would sit in the event loop that others ask for.
    with chromium() as started:
        yield started


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
