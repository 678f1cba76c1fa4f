"""Tags by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shared.domain.ids import stable_id
from shared.domain.lead import Lead
from shared.domain.moments import to_iso
from shared.domain.segments import tag_key
from shared.domain.timeline import TAG_ADDED, TAG_REMOVED, Activity
from shared.domain.traffic import TooMuchTraffic
from shared.usecases.console.texts import InvalidField, clean_text

if TYPE_CHECKING:
    from shared.store.people import People
    from shared.store.segments import Tags

MAX_TAGS, MAX_LENGTH = 50, 40
_ATTEMPTS = 5


def parse_tag(value: object) -> str:
    """A tag as it was typed: one line, at most 40 characters. Raises InvalidField."""
    return " ".join(clean_text("tag", value, limit=MAX_LENGTH, required=True).split())


def add_tag(lead: Lead, tag: str, who: str, now: datetime, *, people: People, tags: Tags) -> bool:
    """Gives the lead a tag; False when they have it, however it is written. Raises InvalidField for one too many."""
    tags.note(tag_key(tag), tag)
    for _ in range(_ATTEMPTS):
        if tag_key(tag) in map(tag_key, lead.tags):
            return False
        if len(lead.tags) >= MAX_TAGS:
            raise InvalidField("tag", f"a person has at most {MAX_TAGS} tags")
        if people.set_tags(lead, [*lead.tags, tag], _told(lead, TAG_ADDED, tag, who, now)):
            return True
        lead = people.find(lead.lead_id) or lead
    raise TooMuchTraffic(f"the tags of lead {lead.lead_id} are written by too many at once")


def remove_tag(lead: Lead, tag: str, who: str, now: datetime, *, people: People) -> bool:
    """Takes a tag from the lead; False when they do not have it."""
    for _ in range(_ATTEMPTS):
        kept = [each for each in lead.tags if tag_key(each) != tag_key(tag)]
        if len(kept) == len(lead.tags):
            return False
        if people.set_tags(lead, kept, _told(lead, TAG_REMOVED, tag, who, now)):
            return True
        lead = people.find(lead.lead_id) or lead
    raise TooMuchTraffic(f"the tags of lead {lead.lead_id} are written by too many at once")


def _told(lead: Lead, kind: str, tag: str, who: str, now: datetime) -> Activity:
    return Activity(lead.lead_id, kind, now, stable_id(kind, tag_key(tag), to_iso(now)), detail={"tag": tag, "by": who})
