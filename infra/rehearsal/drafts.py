"""The content that a scenario is played with: what ships, or with folders of its own in place of some."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory

from infra.build.content import compile_content
from shared.authoring.content_yaml import Finding


def compile_with(drafts: Path | None, templates: Path, out: Path) -> list[Finding]:
    """Compiles `templates` into `out`, each folder of `drafts` in place of the one of its name; what is wrong with them. Every policy is needed: of these
    the files that `drafts` has stand in place of those of their name.
    """
    if drafts is None:
        return compile_content(templates, out)
    with TemporaryDirectory(prefix="ripen-templates-") as directory:
        root = Path(directory) / "templates"
        copytree(templates, root)
        for folder in sorted(each for each in drafts.iterdir() if each.is_dir()):
            if folder.name != "policies":
                rmtree(root / folder.name, ignore_errors=True)
            copytree(folder, root / folder.name, dirs_exist_ok=True)
        return compile_content(root, out)
