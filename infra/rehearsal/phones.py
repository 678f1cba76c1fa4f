"""The other channels' world: a telephone network behind the text-message service, and the servers of WeChat and app push.

The text-message service is AWS, so its call passes the same seam as all others and can be struck like them; moto does not know it, so it is answered here.
WeChat and JPush are strangers' servers: what Ripen posts to them is answered as they would, and kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSResponse

from infra.rehearsal.calls import Call, Shortcut
from infra.rehearsal.clock import VirtualClock
from infra.rehearsal.engines import Engine
from infra.rehearsal.shortcut import answer_of
from infra.template import Template
from shared.channels.http import Answer, Request

SERVICE: Final = "pinpoint-sms-voice-v2"
_WECHAT, _PUSH = "api.weixin.qq.com", "api.jpush.cn"
# What an operator puts into the parameter store, by the name's last part.
CREDENTIALS: Final = {
    "wechat": {"app_id": "wx0", "secret": "rehearsal"},
    "push": {"app_key": "key", "master_secret": "rehearsal"},
}


@dataclass(frozen=True)
class Told:
    """A message that a provider took. `tags`: message_id, lead_id and class, where the provider is told them."""

    channel: str
    to: str
    text: str
    at: datetime
    message_id: str
    tags: dict[str, str] = field(default_factory=dict)
    provider_id: str = ""


class Phones:
    """Collects what the other channels' providers take, and reports on text messages as the service does."""

    def __init__(self, template: Template, engine: Engine, clock: VirtualClock) -> None:
        self._topic = next((d.topic for d in template.event_destinations), "")
        self._sns = engine.client("sns")
        self._clock = clock
        self._fresh: list[Told] = []
        self.told: list[Told] = []

    hosts: Final = (_WECHAT, _PUSH)

    def before(self, engine: Shortcut | None) -> Shortcut:
        """The engine's shortcut, with the text-message service before it."""

        def answered(call: Call) -> tuple[AWSResponse, dict[str, Any]] | None:
            if (call.service, call.operation) != (SERVICE, "SendTextMessage"):
                return engine(call) if engine else None
            return answer_of({"MessageId": self._send(call)})

        return answered

    def _send(self, call: Call) -> str:
        params = call.params
        tags, number = dict(params.get("Context", {})), len(self.told)
        provider_id = f"sms-{number}"
        told = Told(
            "sms",
            params["DestinationPhoneNumber"],
            params["MessageBody"],
            self._clock.now(),
            tags["message_id"],
            tags,
            provider_id,
        )
        self.told.append(told)
        self._fresh.append(told)
        return provider_id

    @property
    def has_fresh(self) -> bool:
        """Whether text messages were taken about which nothing is published yet."""
        return bool(self._fresh)

    def step(self) -> bool:
        """Publishes the delivery of the text messages that were taken since. Whether there were any."""
        fresh, self._fresh = self._fresh, []
        for told in fresh:
            self._publish(self._report(told, "TEXT_DELIVERED"))
        return bool(fresh)

    def fail(self, told: Told, kind: str = "TEXT_INVALID") -> None:
        """The carrier says later that it did not arrive."""
        self._publish(self._report(told, kind))

    def answer(self, number: str, text: str) -> None:
        """Somebody answers from this number."""
        self._publish(
            {
                "originationNumber": number,
                "destinationNumber": "+12065550100",
                "messageKeyword": "KEYWORD",
                "messageBody": text,
                "inboundMessageId": f"in-{number}-{self._clock.now().timestamp():.0f}",
            }
        )

    def _report(self, told: Told, kind: str) -> dict[str, Any]:
        return {
            "eventType": kind,
            "eventVersion": "1.0",
            "eventTimestamp": int(self._clock.now().timestamp() * 1000),
            "isFinal": True,
            "destinationPhoneNumber": told.to,
            "messageId": told.provider_id,
            "messageStatus": kind.removeprefix("TEXT_"),
            "context": told.tags,
        }

    def _publish(self, event: dict[str, Any]) -> None:
        self._sns.publish(TopicArn=self._topic, Message=json.dumps(event, ensure_ascii=False))

    # ------------------------------------------------------------ strangers' servers

    def stranger(self, request: Request) -> Answer:
        """What the server of this address answers."""
        parts = urlsplit(request.url)
        body = json.loads(request.body)
        if parts.path == "/cgi-bin/stable_token":
            return _json({"access_token": "token", "expires_in": 7200})
        if parts.path == "/cgi-bin/message/template/send":
            if parse_qs(parts.query) != {"access_token": ["token"]}:
                return _json({"errcode": 40001, "errmsg": "invalid credential"})
            return _json({"errcode": 0, "errmsg": "ok", "msgid": self._take_wechat(body)})
        if parts.hostname == _PUSH:
            return _json({"sendno": "0", "msg_id": self._take_push(body)})
        return Answer(404, {}, b"")

    def _take_wechat(self, body: dict[str, Any]) -> int:
        text = " · ".join(value["value"] for value in body["data"].values())
        self.told.append(Told("wechat", body["touser"], text, self._clock.now(), body["client_msg_id"]))
        return len(self.told)

    def _take_push(self, body: dict[str, Any]) -> str:
        notice = body["notification"]["android"]
        to, message_id = body["audience"]["registration_id"][0], notice["extras"]["message_id"]
        self.told.append(Told("push", to, notice["alert"], self._clock.now(), message_id))
        return str(len(self.told))


def _json(said: dict[str, Any]) -> Answer:
    return Answer(200, {"content-type": "application/json"}, json.dumps(said, ensure_ascii=False).encode())
