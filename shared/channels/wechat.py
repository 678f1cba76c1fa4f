"""Template messages of a WeChat official account: one attempt, and an answer that says what may be done next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.channels.answers import Ambiguous, NotAccepted, QuotaUsedUp, TooFast, Unsendable, json_object
from shared.channels.http import Http, NoAnswer, Request, Unreachable

if TYPE_CHECKING:
    from shared.domain.message import MessageOrder, Note

_API = "https://api.weixin.qq.com/cgi-bin"
# The account's token is not (or no longer) good: nothing was sent, a fresh one helps.
_STALE = {40001, 40014, 42001}
_TOO_FAST = {-1, 45011}
_USED_UP = {45009}
# The person does not follow the account, refused its messages, or is none of its; or the template is none: waiting does not help.
_TERMINAL = {40003, 40036, 40037, 40132, 41028, 41029, 41030, 43004, 43019, 43101, 47001, 47003}
_EARLIER = timedelta(minutes=5)


@dataclass(slots=True)
class WeChat:
    """`secret` reads the account's ``{"app_id", "secret"}``, None where the channel is off. A token is kept as long as WeChat says that it is good."""

    http: Http
    secret: Callable[[], Mapping[str, str] | None]
    now: Callable[[], datetime]
    reports: bool = False
    _token: str = ""
    _good_until: datetime | None = field(default=None)

    def off(self) -> str:
        """Why it cannot send at all; "": it can."""
        return "" if self.secret() else "no credentials of a WeChat official account"

    def send(self, note: Note, order: MessageOrder) -> str:
        """Sends once and returns WeChat's message id. Raises what shared/channels/answers.py names."""
        answer = self._try(note, order, self._fresh_token() if self._stale else self._token)
        if answer.get("errcode") in _STALE:
            answer = self._try(note, order, self._fresh_token())
        code = int(answer.get("errcode", 0))
        if code == 0:
            return str(answer.get("msgid", ""))
        raise _sorted(code, str(answer.get("errmsg", "")))

    @property
    def _stale(self) -> bool:
        return self._good_until is None or self.now() >= self._good_until

    def _try(self, note: Note, order: MessageOrder, token: str) -> dict[str, Any]:
        body = {
            "touser": note.to,
            "template_id": note.template_id,
            "url": note.url,
            "data": {name: {"value": value} for name, value in note.fields.items()},
            # WeChat sends one message for it, at least for ten minutes.
            "client_msg_id": order.message_id[:32],
        }
        try:
            return _said(self._post(f"message/template/send?access_token={token}", body))
        except NoAnswer as error:
            raise Ambiguous(str(error)) from error

    def _fresh_token(self) -> str:
        """The stable token: whoever else asks gets the same one, so that processes do not take it from each other."""
        credentials = self.secret() or {}
        asked = {
            "grant_type": "client_credential",
            "appid": credentials.get("app_id", ""),
            "secret": credentials.get("secret", ""),
        }
        try:
            answer = _said(self._post("stable_token", asked))
        except (NoAnswer, Ambiguous) as error:
            raise TooFast(f"no token: {error}") from error
        if "access_token" not in answer:
            raise _sorted(int(answer.get("errcode", 0)), str(answer.get("errmsg", "")), terminal=False)
        self._token = str(answer["access_token"])
        self._good_until = self.now() + timedelta(seconds=int(answer["expires_in"])) - _EARLIER
        return self._token

    def _post(self, path: str, body: Mapping[str, Any]) -> tuple[int, bytes]:
        raw = json.dumps(body, ensure_ascii=False).encode()
        try:
            answer = self.http.send(Request("POST", f"{_API}/{path}", {"Content-Type": "application/json"}, raw))
        except Unreachable as error:
            raise TooFast(str(error)) from error
        return answer.status, answer.body


def _said(answer: tuple[int, bytes]) -> dict[str, Any]:
    status, body = answer
    said = json_object(body)
    if status != 200 or said is None:
        raise Ambiguous(f"WeChat answered {status}")
    return said


def _sorted(code: int, message: str, *, terminal: bool = True) -> Exception:
    told = f"{code} {message}"[:200]
    if code in _USED_UP:
        return QuotaUsedUp(told)
    if code in _TOO_FAST:
        return TooFast(told)
    return Unsendable(told) if terminal and code in _TERMINAL else NotAccepted(told)
