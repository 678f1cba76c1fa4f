"""What had better be otherwise between the journeys of templates/journeys."""

from __future__ import annotations

from pathlib import Path

from shared.authoring.content_yaml import Finding, load
from shared.authoring.journey_rivals import same_mails
from shared.authoring.journey_rules import compiled
from shared.authoring.journey_shapes import JOURNEY


def shared_mails(root: Path) -> list[Finding]:
    """A warning for each marketing mail that two journeys send to people who may be the same. A file that cannot be read warns of nothing."""
    documents = [load(path, root) for path in sorted((root / "journeys").glob("*.yaml"))]
    for document in documents:
        if document.data is not None:
            JOURNEY(document, (), document.data)
    read = [
        (document, compiled(Path(document.file).stem, document.data, {}))
        for document in documents
        if not document.found
    ]
    return [
        finding
        for index, (document, journey) in enumerate(read)
        for finding in same_mails(document, journey, [other for _, other in read[index + 1 :]])
    ]
