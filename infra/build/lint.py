"""``python -m infra.build.lint [--templates templates]``: everything wrong with the content, and what had better be otherwise.

Errors are those that keep `make content` from compiling; warnings keep nothing. Each: ``file:line: what; how to mend``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.build.content import compile_content
from infra.build.content_journeys import shared_mails
from infra.build.content_messages import not_set_up
from infra.build.content_spam import suspicious_words


def main(arguments: list[str] | None = None) -> int:
    """The command. Exit 1 when there are errors."""
    parser = argparse.ArgumentParser(description="Lint templates/.")
    parser.add_argument("--templates", type=Path, default=Path("templates"))
    given = parser.parse_args(arguments)
    if not given.templates.is_dir():
        parser.error(f"there is no folder {given.templates}")
    with TemporaryDirectory(prefix="ripen-lint-") as folder:
        errors = compile_content(given.templates, Path(folder) / "content")
    listed = given.templates / "policies" / "spam_words.yaml"
    broken = any(str(listed).endswith(error.file) for error in errors)
    warnings = [] if broken or not listed.is_file() else suspicious_words(given.templates)
    warnings += [] if broken else not_set_up(given.templates)
    warnings += shared_mails(given.templates)
    for error in errors:
        print(f"{given.templates}/{error}")
    for warning in warnings:
        print(f"{given.templates}/{warning.file}:{warning.line}: warning: {warning.what}; {warning.mend}")
    print(f"{len(errors)} errors, {len(warnings)} warnings", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    raise SystemExit(main())
