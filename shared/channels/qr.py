"""QR codes. Printed things are bent, dirty and small: the correction is one step above the least."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

_QUIET_ZONE = 4
_INK = "#16221e"


def _code(address: str) -> QRCode:
    import segno  # late: hardly any request draws

    return segno.make(address, error="m", micro=False, boost_error=True)


def as_svg(address: str) -> str:
    """A scalable picture with its own white ground, to be shown in a page or sent to a printer."""
    return str(_code(address).svg_inline(scale=8, border=_QUIET_ZONE, dark=_INK, light="#fff", omitsize=True))


def as_svg_file(address: str) -> bytes:
    """The same as a file."""
    out = BytesIO()
    _code(address).save(out, kind="svg", scale=8, border=_QUIET_ZONE, dark=_INK, light="#fff")
    return out.getvalue()


def as_png(address: str) -> bytes:
    """A picture of some 400 to 600 points a side."""
    out = BytesIO()
    _code(address).save(out, kind="png", scale=16, border=_QUIET_ZONE, dark=_INK, light="#fff")
    return out.getvalue()
