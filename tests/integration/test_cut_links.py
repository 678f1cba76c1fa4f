"""A link of a mail that arrives cut short is answered with a page that a person can read."""

from __future__ import annotations

import pytest

from tests.bed import Bed


@pytest.mark.parametrize("path", ["/u/cut", "/p/cut", "/c/cut"])
@pytest.mark.parametrize(("language", "words"), [("en", "The link is incomplete"), ("zh-CN", "链接不完整")])
def test_who_follows_a_cut_link_reads_what_to_do(bed: Bed, path: str, language: str, words: str) -> None:
    for method in ("GET", "POST"):
        answer = bed.http(
            method,
            path,
            headers={"Accept": "text/html", "Accept-Language": language},
            form={} if method == "POST" else None,
        )
        assert (answer.status, words in answer.text) == (404, True)
        assert answer.headers["content-type"].startswith("text/html")


def test_a_program_gets_the_error_as_json(bed: Bed) -> None:
    answer = bed.http("GET", "/p/cut", headers={"Accept": "application/json"})
    assert (answer.status, answer.json()["Code"]) == (404, "NotFoundError")
