"""The roots of AWS's endpoints, out of a bundle of all."""

from __future__ import annotations

import ssl
from pathlib import Path

import botocore
import pytest

from infra.bench.trust import AMAZON, slim_bundle


def test_the_slim_bundle_holds_exactly_the_roots_of_aws(tmp_path: Path) -> None:
    slim = tmp_path / "roots.pem"
    slim.write_text(slim_bundle(Path(botocore.__file__).with_name("cacert.pem")))
    held = ssl.create_default_context(cafile=str(slim)).get_ca_certs()
    names = {
        value for certificate in held for part in certificate["subject"] for name, value in part if name == "commonName"
    }
    assert names == AMAZON


def test_a_bundle_that_lacks_one_is_refused(tmp_path: Path) -> None:
    whole = slim_bundle(Path(botocore.__file__).with_name("cacert.pem"))
    first, _, rest = whole.partition("-----END CERTIFICATE-----\n")
    assert rest
    (tmp_path / "one.pem").write_text(first + "-----END CERTIFICATE-----\n")
    with pytest.raises(ValueError, match="lacks"):
        slim_bundle(tmp_path / "one.pem")
