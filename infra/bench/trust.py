"""The certificates that AWS's endpoints are signed by, out of a bundle of all."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

# Amazon Trust Services, https://www.amazontrust.com/repository/
AMAZON: Final = frozenset(
    {
        "Amazon Root CA 1",
        "Amazon Root CA 2",
        "Amazon Root CA 3",
        "Amazon Root CA 4",
        "Starfield Services Root Certificate Authority - G2",
    }
)


def slim_bundle(bundle: Path) -> str:
    """The PEM of those roots that `bundle` holds. Errors: ValueError when one is missing."""
    context = ssl.create_default_context(cafile=str(bundle))
    described, encoded = context.get_ca_certs(), context.get_ca_certs(binary_form=True)
    found = {}
    for certificate, der in zip(described, encoded, strict=True):
        subject = {name: value for part in certificate["subject"] for name, value in part}  # type: ignore[str-unpack] # typeshed: str
        if (name := subject.get("commonName", "")) in AMAZON:
            found[name] = ssl.DER_cert_to_PEM_cert(der)
    if missing := AMAZON - found.keys():
        raise ValueError(f"the bundle lacks {', '.join(sorted(missing))}")
    return "".join(found[name] for name in sorted(found))
