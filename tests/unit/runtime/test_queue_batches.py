"""What a failed message does to its neighbours."""

from __future__ import annotations

import json
from typing import Any

from shared.runtime.batches import each_message


class Worker:
    """Notes what it is given; fails for bodies that say so."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def __call__(self, body: dict[str, Any]) -> None:
        if body.get("fails"):
            raise ValueError("as asked")
        self.done.append(body["name"])


def message(name: str, *, group: str | None = None, body: str | None = None, **more: Any) -> dict[str, Any]:
    attributes = {"MessageGroupId": group} if group else {}
    return {"messageId": name, "attributes": attributes, "body": body or json.dumps({"name": name, **more})}


def kept(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_messages_that_were_done_are_done_and_only_the_failed_one_is_kept() -> None:
    work = Worker()
    answer = each_message({"Records": [message("a"), message("b", fails=True), message("c")]}, work)
    assert (work.done, kept(answer)) == (["a", "c"], ["b"])


def test_what_is_not_json_is_kept_like_any_failure() -> None:
    work = Worker()
    answer = each_message({"Records": [message("a", body="{"), message("b")]}, work)
    assert (work.done, kept(answer)) == (["b"], ["a"])


def test_a_failure_holds_back_the_rest_of_its_group_and_nobody_else() -> None:
    work = Worker()
    batch = [
        message("lin-1", group="lin", fails=True),
        message("wang-1", group="wang"),
        message("lin-2", group="lin"),
        message("wang-2", group="wang"),
    ]
    answer = each_message({"Records": batch}, work)
    assert (work.done, kept(answer)) == (["wang-1", "wang-2"], ["lin-1", "lin-2"])


def test_an_empty_answer_means_that_all_is_done() -> None:
    assert each_message({"Records": [message("a")]}, Worker()) == {"batchItemFailures": []}
