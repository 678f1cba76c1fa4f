"""Publishes what SES would publish about a mail, to where its configuration set says.

MiniStack keeps event destinations and sends nothing to them. So this asks it for the destinations of the mail's
configuration set and publishes to each enabled SNS topic that wants this type of event: the wiring in infra/mail.yaml
is used, not gone around. A mail without a configuration set has no events, as on AWS.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from infra import ses_events
from infra.local.mail_store import KeptMail, MailStore
from infra.local.place import Place
from infra.ses_events import Event


class SesPublisher:
    """Blocking calls to the local AWS: never call it on the gateway's event loop."""

    def __init__(self, place: Place, store: MailStore) -> None:
        self._ses = place.client("sesv2")
        self._sns = place.client("sns")
        self._store = store

    def accepted(self, mail: KeptMail) -> None:
        """Send at once, then Delivery: the recipients' servers here take everything."""
        self.publish(mail, ses_events.send(mail.sent))
        self.publish(mail, ses_events.delivery(mail.sent, mail.sent.at + timedelta(milliseconds=500)))

    def bounced(self, mail: KeptMail, kind: str, subtype: str) -> int:
        """The recipient's server refused the mail. Returns how many topics were told."""
        return self.publish(mail, ses_events.bounce(mail.sent, datetime.now(UTC), kind, subtype))

    def complained(self, mail: KeptMail, feedback_type: str) -> int:
        """The recipient called the mail spam. Returns how many topics were told."""
        return self.publish(mail, ses_events.complaint(mail.sent, datetime.now(UTC), feedback_type))

    def publish(self, mail: KeptMail, event: Event) -> int:
        """To every topic that wants the event; returns their number."""
        topics = self._topics(str(mail.request.get("ConfigurationSetName", "")), event["eventType"])
        for topic in topics:
            self._sns.publish(TopicArn=topic, Message=json.dumps(event, ensure_ascii=False))
        if topics:
            self._store.note(mail, event, datetime.now(UTC))
        return len(topics)

    def _topics(self, configuration_set: str, event_type: str) -> list[str]:
        if not configuration_set:
            return []
        answer = self._ses.get_configuration_set_event_destinations(ConfigurationSetName=configuration_set)
        wanted = re.sub(r"(?<=[a-z])(?=[A-Z])|\s", "_", event_type).upper()
        return [
            destination["SnsDestination"]["TopicArn"]
            for destination in answer["EventDestinations"]
            if destination["Enabled"]
            and "SnsDestination" in destination
            and wanted in destination["MatchingEventTypes"]
        ]
