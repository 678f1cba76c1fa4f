"""App push by JPush (one call reaches iOS and Android, in China too): one attempt, and an answer that says what may be done next."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.channels.answers import Ambiguous, NotAccepted, TooFast, Unsendable, json_object
from shared.channels.http import Http, NoAnswer, Request, Unreachable

if TYPE_CHECKING:
    from shared.domain.message import MessageOrder, Note

_API = "https://api.jpush.cn/v3/push"
_TOO_FAST = {2002}
# No such device, the device's app is gone, or the request is none: waiting does not help.
_TERMINAL = {1002, 1003, 1005, 1011, 1020}


@dataclass(frozen=True, slots=True)
class Push:
    """`secret` reads the app's ``{"app_key", "master_secret"}``, None where the channel is off."""

    http: Http
    secret: Callable[[], Mapping[str, str] | None]
    reports: bool = False

    def off(self) -> str:
        """Why it cannot send at all; "": it can."""
        return "" if self.secret() else "no credentials for app push"

    def send(self, note: Note, order: MessageOrder) -> str:
        """Sends once and returns JPush's message id. Raises what shared/channels/answers.py names."""
        credentials = self.secret() or {}
        pair = f"{credentials.get('app_key', '')}:{credentials.get('master_secret', '')}".encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        try:
            answer = self.http.send(Request("POST", _API, headers, _body(note, order)))
        except Unreachable as error:
            raise TooFast(str(error)) from error
        except NoAnswer as error:
            raise Ambiguous(str(error)) from error
        said = json_object(answer.body) or {}
        if answer.status == 200 and "msg_id" in said:
            return str(said["msg_id"])
        raise _sorted(answer.status, said)


def _body(note: Note, order: MessageOrder) -> bytes:
    extras = {"url": note.url, "message_id": order.message_id}
    body = {
        "platform": ["android", "ios"],
        "audience": {"registration_id": [note.to]},
        "notification": {
            "android": {"title": note.subject, "alert": note.text, "extras": extras},
            "ios": {"alert": {"title": note.subject, "body": note.text}, "extras": extras},
        },
        "options": {"apns_production": True},
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _sorted(status: int, said: Mapping[str, Any]) -> Exception:
    error = said.get("error")
    code = int(error.get("code", 0)) if isinstance(error, dict) else 0
    told = f"{status} {code}"
    if status == 429 or code in _TOO_FAST:
        return TooFast(told)
    if code in _TERMINAL:
        return Unsendable(told)
    # Other 4xx are refusals before anything was sent (key, rights); a 5xx, and an answer that is none, say nothing.
    return NotAccepted(told) if 400 <= status < 500 else Ambiguous(told)
