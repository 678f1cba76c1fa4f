"""Where leads come from and how many at a time: what must hold of channels, attribution and limits beyond their shape."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from shared.authoring.content_yaml import Document


def check_limits(document: Document) -> None:
    """What is free is less than what is allowed."""
    for name, limit in document.data.items():
        if limit["free"] >= limit["posts"]:
            document.report(
                (name, "free"), f"{name}: everything is free, so nothing is limited", "make free smaller than posts"
            )


def check_channels(document: Document) -> None:
    """A channel is in one group, every rule leads to one of them and asks for something."""
    policy = document.data
    seen: dict[str, str] = {}
    for group, row in policy["groups"].items():
        for channel in row["channels"]:
            if seen.setdefault(channel, group) != group:
                document.report(
                    ("groups", group, "channels", channel),
                    f"{channel!r} is in {seen[channel]} and in {group}",
                    "keep it in one of them",
                )
    _check_rules(document, policy["rules"], seen)
    if policy["otherwise"] not in seen:
        document.report(("otherwise",), f"there is no channel {policy['otherwise']!r}", "add it to a group")


def _check_rules(document: Document, rules: list[dict[str, Any]], known: Collection[str]) -> None:
    for index, rule in enumerate(rules):
        if rule["channel"] not in known:
            document.report(
                ("rules", index, "channel"), f"there is no channel {rule['channel']!r}", "add it to a group"
            )
        if len(rule) == 1:
            document.report(("rules", index), "the rule fits everything", "name a source, a medium or a host")
        for part in ("source", "medium", "host"):
            for entry in rule.get(part, ()):
                if entry != entry.lower():
                    document.report(("rules", index, part), f"{entry!r} never fits", f"write {entry.lower()!r}")


def check_attribution(document: Document) -> None:
    """First and last do not get more than there is."""
    position = document.data["position"]
    if position["first"] + position["last"] > 100:
        document.report(("position",), "first and last get more than the whole", "make them 100 or less together")
