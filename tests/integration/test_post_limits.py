"""Floods of posts: of one network address, and of one person's address. The numbers are those of templates/policies/limits.yaml."""

from __future__ import annotations

from typing import Any

from shared.domain.ids import key_id
from shared.domain.limits import Limit
from shared.runtime import content
from shared.store.secrets import signing_key_made
from shared.store.tables import LimitItem
from tests.bed import Bed

LIN = {"email": "lin@acme.example", "name": "Lin", "company": "Acme"}
IP = "203.0.113.7"


def limit(name: str) -> Limit:
    return Limit.of(content.policies()["limits"], name)


def post(bed: Bed, number: int = 0, ip: str = IP, **more: Any) -> Any:
    return bed.http("POST", "/f/whitepaper", json={**LIN, **more, "message": f"no. {number}"}, source_ip=ip)


def flood(bed: Bed, ip: str = IP) -> None:
    """Other processes have counted this network address up to the limit already, and this one has had its free posts."""
    per_ip = limit("per_ip")
    LimitItem(per_ip.key(key_id(signing_key_made(), "ip", ip), bed.clock.now()), posts=per_ip.posts, expires=1).save()
    for number in range(per_ip.free):
        assert post(bed, number, ip, email=f"p{number}@acme.example").status == 202


def test_a_network_address_that_posts_too_much_is_told_so_and_others_are_not(bed: Bed) -> None:
    flood(bed)
    refused = post(bed)
    assert (refused.status, refused.headers["retry-after"]) == (429, "300")
    page = bed.http("POST", "/f/whitepaper?lang=zh", form=LIN)
    assert (page.status, "text/html" in page.headers["content-type"]) == (429, True)
    assert post(bed, ip="198.51.100.4").status == 202
    bed.later(minutes=5)
    assert post(bed).status == 202


def test_an_address_that_is_posted_again_and_again_is_set_aside_and_the_poster_learns_nothing(bed: Bed) -> None:
    most = limit("per_address").posts
    spellings = ["l.in@gmail.com", "lin@gmail.com", "LIN+x@googlemail.com"]
    answers = [post(bed, n, ip=f"198.51.100.{n}", email=spellings[n % 3]) for n in range(most + 2)]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json()["submission_id"] for answer in answers}) == most + 2
    held = bed.admin("GET", "/api/quarantine").json()["items"]
    assert [row["reasons"] for row in held] == [["rate_limited"]] * 2
    assert not any(key in item.key for item in LimitItem.scan() for key in ("198.51", "@", "gmail"))


def test_an_ordinary_post_writes_nothing_about_limits(bed: Bed) -> None:
    post(bed)
    assert list(LimitItem.scan()) == []
