"""python -m infra.bom --out FILE [--all]: the software bill of materials, CycloneDX 1.6 as JSON, from the lock file.

Every package that functions ship with (--all: and those that build and test): version, licence, package URL, and the SHA-256 of every file that
the lock lets in. The same lock gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from infra.packages import ALL, SHIPPED, Package, pinned
from infra.template import ROOT

_SPDX: Final = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "bsd license": "BSD-3-Clause",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "isc": "ISC",
    "mit": "MIT",
    "mit license": "MIT",
    "mit-0": "MIT-0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl-2.0": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "psf-2.0": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
_LICENCE: Final = "License :: OSI Approved :: "


class NoLicence(Exception):
    """A package does not say what it may be used for."""


def bill(packages: list[Package], version: str) -> dict[str, Any]:
    """The document. Errors: NoLicence; PackageNotFoundError when a package is not installed here to ask."""
    components = [_component(package) for package in packages]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components, sort_keys=True))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "ripen",
                "name": "ripen",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "ripen", "dependsOn": [component["bom-ref"] for component in components]}],
    }


def _component(package: Package) -> dict[str, Any]:
    about = metadata.metadata(package.name)
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [_licence(package.name, about)],
        # CycloneDX's `hashes` are those of one file; each file that may be installed is a distribution of its own.
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{package.name}/{package.version}/",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
            }
        ],
    }


def _licence(name: str, about: Any) -> dict[str, Any]:
    """The SPDX expression, id or, where there is none, the name of the licence."""
    if expression := about.get("License-Expression"):
        return {"expression": expression}
    classifiers = [text for text in about.get_all("Classifier") or [] if text.startswith(_LICENCE)]
    said = (
        (classifiers[0].removeprefix(_LICENCE) if classifiers else about.get("License") or "")
        .strip()
        .partition("\n")[0]
    )
    if not said:
        raise NoLicence(name)
    known = _SPDX.get(said.lower())
    return {"license": {"id": known} if known else {"name": said[:200]}}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bom", description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--all", action="store_true", help="with the packages that only build and test")
    options = parser.parse_args(arguments)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    packages = pinned(ALL if options.all else SHIPPED)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(bill(packages, version), indent=2) + "\n", encoding="utf-8")
    print(f"{len(packages)} packages in {options.out}")


if __name__ == "__main__":
    main()
