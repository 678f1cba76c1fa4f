"""The mails that the local SES accepted, as files that outlive a restart."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.place import read_json, write_json
from infra.ses_events import Event, SentMail


@dataclass
class KeptMail:
    """One accepted SendEmail request and what was published about it. `id` is safe in a path and in a URL."""

    id: str
    message_id: str
    at: str
    request: dict[str, Any]
    events: list[dict[str, str]] = field(default_factory=list)

    @property
    def sent(self) -> SentMail:
        return SentMail(self.request, self.message_id, datetime.fromisoformat(self.at))

    @property
    def to(self) -> str:
        return ", ".join(self.sent.recipients)

    @property
    def sender(self) -> str:
        return str(self.request.get("FromEmailAddress", ""))

    @property
    def subject(self) -> str:
        return self.sent.subject

    def body(self, kind: str) -> str:
        """The part `Html` or `Text`; empty when the mail has none."""
        simple = self.request.get("Content", {}).get("Simple", {})
        return str(simple.get("Body", {}).get(kind, {}).get("Data", ""))

    def header(self, name: str) -> str:
        """The mail's own header, such as List-Unsubscribe; empty when it has none."""
        return next((value for own, value in self.sent.headers if own.lower() == name.lower()), "")

    @property
    def one_click_url(self) -> str:
        """Where RFC 8058 posts to: the http(s) URI of List-Unsubscribe, if List-Unsubscribe-Post is there too."""
        if not self.header("List-Unsubscribe-Post"):
            return ""
        found = re.search(r"<(https?://[^>\s]+)>", self.header("List-Unsubscribe"))
        return found.group(1) if found else ""


class MailStore:
    """Mails by time of acceptance. One writer process; its threads may call anything at any time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        kept = [KeptMail(**read_json(path)) for path in sorted(folder.glob("[!.]*.json"))]
        self._mails = {mail.id: mail for mail in kept}

    def add(self, request: dict[str, Any], message_id: str, at: datetime) -> KeptMail:
        """Keeps a mail that SES has just accepted."""
        local_id = re.sub(r"[^A-Za-z0-9-]", "", message_id.partition("@")[0])
        mail = KeptMail(f"{at:%Y%m%dT%H%M%S%f}-{local_id}", message_id, at.isoformat(), request)
        with self._lock:
            self._mails[mail.id] = mail
            self._write(mail)
        return mail

    def note(self, mail: KeptMail, event: Event, at: datetime) -> None:
        """Notes that `event` was published about `mail`."""
        with self._lock:
            mail.events.append({"type": event["eventType"], "at": at.isoformat()})
            self._write(mail)

    def get(self, mail_id: str) -> KeptMail | None:
        return self._mails.get(mail_id)

    def newest(self, to: str = "") -> Iterator[KeptMail]:
        """Newest first; `to` is a part of a recipient's address, in any case."""
        wanted = to.strip().casefold()
        with self._lock:
            mails = list(self._mails.values())
        return (mail for mail in reversed(mails) if wanted in mail.to.casefold())

    def _write(self, mail: KeptMail) -> None:
        write_json(self._folder / f"{mail.id}.json", asdict(mail))
