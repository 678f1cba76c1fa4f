"""python -m infra.audit [--all]: what is known against the pinned packages, asked of the OSV database (https://osv.dev).

Exit code 0: nothing is known. 1: something is; it is printed. 2: the database could not be asked, so nothing is known either way; with OFFLINE_OK=1
that is said and 0, for machines without the internet. OSV_URL names another database of the same kind, such as a company's mirror.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, Final

import urllib3

from infra.packages import ALL, SHIPPED, Package, pinned

_OSV: Final = "https://api.osv.dev"
_AT_ONCE: Final = 500
_TIMEOUT: Final = urllib3.Timeout(connect=5, read=30)


class NotAsked(Exception):
    """The database did not answer; the text says why."""


def known_against(packages: list[Package], database: str) -> dict[Package, list[str]]:
    """Ids of what is known, by package; packages without any are left out. Errors: NotAsked."""
    found: dict[Package, list[str]] = {}
    for start in range(0, len(packages), _AT_ONCE):
        asked = packages[start : start + _AT_ONCE]
        for package, result in zip(asked, _ask(asked, database), strict=True):
            if ids := [known["id"] for known in result.get("vulns", [])]:
                found[package] = ids
    return found


def _ask(packages: list[Package], database: str) -> list[dict[str, Any]]:
    queries = [{"package": {"purl": package.purl}} for package in packages]
    try:
        answer = urllib3.request(
            "POST", f"{database}/v1/querybatch", json={"queries": queries}, timeout=_TIMEOUT, retries=False
        )
        if answer.status != 200:
            raise NotAsked(f"{database} answered {answer.status}")
        results = answer.json()["results"]
    except (urllib3.exceptions.HTTPError, ValueError, KeyError) as error:
        raise NotAsked(f"{database} cannot be asked: {type(error).__name__}") from error
    if len(results) != len(packages):
        raise NotAsked(f"{database} answered {len(results)} of {len(packages)} questions")
    return list(results)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.audit", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="with the packages that only build and test")
    packages = pinned(ALL if parser.parse_args(arguments).all else SHIPPED)
    try:
        found = known_against(packages, os.environ.get("OSV_URL", _OSV).rstrip("/"))
    except NotAsked as error:
        print(
            f"Not audited: not asked, no network ({error}). Nothing is known about {len(packages)} packages either way."
            " Run it where the internet can be reached, or name a mirror in OSV_URL.",
            file=sys.stderr,
        )
        return 0 if os.environ.get("OFFLINE_OK") == "1" else 2
    for package, ids in found.items():
        print(f"{package.name} {package.version}: {', '.join(f'https://osv.dev/{known}' for known in ids)}")
    print(f"{len(packages)} packages asked for, something is known against {len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
