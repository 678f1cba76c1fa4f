"""JSON in few bytes, for attributes that are read whole and asked about by nobody inside the table.

A write costs a unit for each KB of the row, and the row of a person is written at every event that scores: what stays under 1 KB costs half.
Deflate with a dictionary of what such rows repeat packs even short texts.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any, Final

from pynamodb.attributes import Attribute
from pynamodb.constants import BINARY, STRING

# The first byte of a packed value says by which dictionary it was packed. A dictionary is never changed: rows that it packed lie in tables and
# backups. Who finds a better one adds it under the next number. The commonest stand last.
_DICTIONARIES: Final = {
    1: (
        '"why":{"en":"Asked for the white paper","zh":"下载了白皮书"}Opened a mail of ours打开了我们的邮件Clicked the link in a mail点击了邮件中的链接'
        "demo_requestedtrial_startedquote_requestedwebinar_registeredcompany_size_largecountry_targetunsubscribed"
        "utm_sourceutm_mediumutm_campaignutm_contentutm_termreferrerdistributormaterialemployeeactivity"
        "case-studyconsultation-invitationwhitepaper-thanks.com/.cn/.examplehttps://www.https://ripen.example/f/whitepaper/asset/?lang=zh"
        '"next_step":{"en":"","zh":""}"first_touch":{"consent":{"email":"granted"}}"industry":"budget":"message":"'
        '"who":{"name":","title":","email":","phone":"+8613,"locale":"zh","country":"CN"},"company":{"company":"有限公司","company_size":"'
        '},"score":,"grade":"hot","reason":"score","reasons":[{"points":"interactions":[{"'
        '"type":"email_clicked","template":","link":"https://"type":"page_viewed","path":"/pricing"},{"type":"email_opened"}],'
        '"rule":"whitepaper_download"},{"points":5,"why":{"en":"","zh":"email_openedcta_clickedpage_viewed'
        '{"whitepaper_download":{"email_opened":{"cta_clicked":{"webinar_attendedform_submitted'
        '"channel":"sem","form":"webinar","form":"demo","form":"quote","form":"trial'
        '{"sms":{"phone":{"email":{"state":"withdrawn{"email":{"state":"granted","at":"2026-0","form":"whitepaper",'
        '"purpose":"marketing","version":"1","locale":"zh"}}{"at":"2026-01T00:00:00.000Z","form":"whitepaper"}'
    ).encode(),
}
_NEWEST: Final = max(_DICTIONARIES)


def pack(value: Any) -> bytes:
    """The bytes of a JSON value."""
    said = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARIES[_NEWEST])
    return bytes([_NEWEST]) + deflate.compress(said) + deflate.flush()


def unpack(packed: bytes) -> Any:
    """The JSON value of the bytes. Errors: KeyError for a dictionary that this version does not know, zlib.error for damage."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_DICTIONARIES[packed[0]])
    return json.loads(inflate.decompress(packed[1:]) + inflate.flush())


class PackedJson(Attribute[Any]):
    """A JSON value in packed bytes."""

    attr_type = BINARY

    def serialize(self, value: Any) -> bytes:
        return pack(value)

    def deserialize(self, value: bytes | str) -> Any:
        """`value` is base64 in the records of a stream, which come to functions as JSON."""
        return unpack(base64.b64decode(value) if isinstance(value, str) else value)

    def get_value(self, value: dict[str, Any]) -> Any:
        """Rows from before it was packed hold the text itself."""
        return pack(json.loads(value[STRING])) if STRING in value else super().get_value(value)
