"""A file of people: each row goes through the same door as a form post, and is told what became of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.domain.cleaning import DUPLICATE
from shared.domain.forms import is_ticked
from shared.domain.ids import stable_id
from shared.domain.imports import (
    MERGED,
    NEW,
    PART_ROWS,
    QUARANTINED,
    REFUSED,
    WAITING,
    Import,
    RowOutcome,
    Sheet,
    UnreadableFile,
)
from shared.domain.message import CHANNELS
from shared.domain.moments import from_iso, to_iso
from shared.domain.submission import ACCEPTED, RELEASED, Submission
from shared.usecases.identity_keys import home_of, keys_of
from shared.usecases.submit_form import FieldErrors, Post, submit_form

if TYPE_CHECKING:
    from shared.channels.queues import ImportQueue
    from shared.store.activities import Activities
    from shared.store.imports import Imports
    from shared.store.intake import Intake
    from shared.store.people import People

# What one step does: it ends well within the function's time, and its message is soon done with.
_PARTS_AT_ONCE = 5
# Rows of one import that went through the door and have no outcome yet. Form posts share that door's stream and are taken in
# order: whoever asks for a demo waits behind so many rows at most, which is half a minute, and not behind the whole file.
WINDOW = 2 * PART_ROWS
# Between two looks; it doubles after so many in vain. So the last row is told of within a sixth of the time that it took, and at once when that was short.
_PAUSE = timedelta(seconds=5)
_LOOKS = 6
_LONGEST_PAUSE = timedelta(minutes=15)
# A row that nobody could process so long after the last part went in is told as waiting; the post itself is not lost.
_PATIENCE = timedelta(days=1)
_CONSENT_WITHOUT_EVIDENCE = "consent_without_evidence"
_NO_CONTACT = "no_contact"
_LENGTHS = {"email": 254, "phone": 40, "country": 80, "company": 200, "message": 2000, "consent_text": 2000}
_LENGTH = 120
# A row of the table holds 400 KB.
_MOST_IN_A_PART = 300_000

# The form that every row fills in: what a form may ask, nothing of it required.
FORM: dict[str, Any] = {
    "form": "import",
    "conversion_point": "import",
    "token": "optional",
    "honeypot": "",
    "version": "1",
    "consents": [],
    "fields": [
        {"name": name, "type": "textarea" if name == "message" else "text", "max_length": _LENGTHS.get(name, _LENGTH)}
        for name in (
            "email",
            "phone",
            "name",
            "company",
            "title",
            "industry",
            "company_size",
            "country",
            "budget",
            "message",
            "crm_id",
            "crm_stage",
            "wechat_openid",
            "wechat_unionid",
            "push_id",
        )
    ],
}


class ImportPorts(NamedTuple):
    """What importing touches."""

    secret: Callable[[], bytes]
    imports: Imports
    intake: Intake
    people: People
    activities: Activities
    queue: ImportQueue
    country_code: Callable[[str], str]


def begin_import(sheet: Sheet, name: str, by: str, locale: str, now: datetime, ports: ImportPorts) -> Import:
    """Stores the table and queues its first step. The same table with the same columns is the same import, however often it is sent.

    Raises UnreadableFile when some of its rows say more than can be kept.
    """
    mapping = {sheet.columns[index]: field for index, field in sheet.mapping.items()}
    import_id, parts = _packed(sheet, mapping, ports)
    found = ports.imports.get(import_id)
    if found is None:
        found = Import(
            import_id=import_id,
            created_at=to_iso(now),
            by=by,
            name=name,
            encoding=sheet.encoding,
            separator=sheet.separator,
            columns=sheet.columns,
            mapping=mapping,
            rows=len(sheet.rows),
            parts=len(parts),
            locale=locale,
            lost=sheet.lost,
        )
        ports.imports.begin(found, parts)
        found = ports.imports.get(import_id) or found
    ports.imports.enlist(found)
    if not found.is_done:
        ports.queue.put({"import_id": import_id, "tries": 0})
    return found


def _packed(sheet: Sheet, mapping: Mapping[str, str], ports: ImportPorts) -> tuple[str, list[bytes]]:
    """(the id of the import, its parts as they are kept). The file is never there a second time: one part after the other is made and packed."""
    said = hashlib.sha256(json.dumps(mapping, ensure_ascii=False, sort_keys=True).encode())
    parts: list[bytes] = []
    people = map(_bounded, sheet.people())
    for number, rows in enumerate(iter(lambda: list(islice(people, PART_ROWS)), [])):
        text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
        said.update(text)
        parts.append(ports.imports.packed(text))
        if len(parts[-1]) > _MOST_IN_A_PART:
            first = number * PART_ROWS + 1
            raise UnreadableFile(
                f"rows {first} to {first + len(rows) - 1} say too much; leave out a column of long texts"
            )
    return stable_id("import", said.hexdigest()), parts


def _bounded(said: dict[str, str]) -> dict[str, str]:
    """No cell is kept longer than it takes to see that it is too long."""
    return {name: value[: _LENGTHS.get(name, _LENGTH) + 1] for name, value in said.items()}


def take_import_step(import_id: str, tries: int, ports: ImportPorts, now: datetime) -> None:
    """Some parts further: through the door as far as the window has room, then it is told what became of them. Queues the next step itself.

    Rows have deterministic submission ids and the head moves by condition, so that a step may come twice or die anywhere.
    """
    for _ in range(_PARTS_AT_ONCE):
        found = ports.imports.get(import_id)
        if found is None or found.is_done:
            return
        if found.submitted < found.parts and (found.submitted - found.settled) * PART_ROWS < WINDOW:
            _submit_part(found, found.submitted, ports, now)
        elif _settle_part(found, found.settled, ports, now):
            pass
        elif found.submitted < found.parts and _has_room(found, ports):
            _submit_part(found, found.submitted, ports, now)
        else:
            pause = min(_PAUSE * 2 ** min(tries // _LOOKS, 10), _LONGEST_PAUSE)
            ports.queue.put({"import_id": import_id, "tries": tries + 1}, delay=pause)
            return
        tries = 0
    ports.queue.put({"import_id": import_id, "tries": 0})


def _has_room(found: Import, ports: ImportPorts) -> bool:
    """Whether another part fits into the window, although an older one waits for some last row. The stream takes rows in their order:
    what is on its way is in the youngest parts, and a row that got lost further back stops nobody.
    """
    youngest = range(max(found.settled, found.submitted - WINDOW // PART_ROWS), found.submitted)
    looked = (each for part in youngest for each in _look(ports.imports.outcomes(found.import_id, part), ports))
    return sum(each.status == WAITING for each in looked) + PART_ROWS <= WINDOW


# ------------------------------------------------------------------ through the door


def _submit_part(found: Import, number: int, ports: ImportPorts, now: datetime) -> None:
    rows = ports.imports.rows(found, number)
    outcomes = [_submit_row(found, number * PART_ROWS + index, row, ports) for index, row in enumerate(rows)]
    ports.imports.keep_outcomes(found, number, outcomes, settled=False)
    ports.imports.advance_submitted(found.import_id, number, to_iso(now))


def _submit_row(found: Import, index: int, row: Mapping[str, str], ports: ImportPorts) -> RowOutcome:
    """One row as a post. What is wrong with a single cell is left out and told; without a way to reach the person the row is refused."""
    raw, left_out = dict(row), []
    form = FORM
    if ticked := [channel for channel in CHANNELS if is_ticked(raw.get(f"consent_{channel}", ""))]:
        if told := list(filter(None, (_evidence(channel, raw, found) for channel in ticked))):
            form = FORM | {"consents": told}
        else:
            left_out.append(_CONSENT_WITHOUT_EVIDENCE)
    while raw.get("email") or raw.get("phone"):
        try:
            submission_id = submit_form(_post(form, raw, found, index, ports), secret=b"", intake=ports.intake)
        except FieldErrors as error:
            left_out += error.errors.values()
            if "email" in error.errors:
                # An address that is none may be a slip in the very thing by which we know people: nobody is made of the rest.
                return RowOutcome(REFUSED, tuple(dict.fromkeys(left_out)))
            raw = {name: value for name, value in raw.items() if name not in error.errors}
            continue
        return RowOutcome(WAITING, tuple(dict.fromkeys(left_out)), submission_id)
    return RowOutcome(REFUSED, tuple(dict.fromkeys([*left_out, _NO_CONTACT])))


def _post(form: Mapping[str, Any], raw: Mapping[str, str], found: Import, index: int, ports: ImportPorts) -> Post:
    return Post(
        form=form,
        raw=raw,
        locale=found.locale,
        now=from_iso(found.created_at),
        country_code=ports.country_code,
        locale_is_stated=False,
        query={"channel": "import", "activity": found.name},
        idempotency_key=f"{found.import_id}:{index}",
    )


def _evidence(channel: str, raw: Mapping[str, str], found: Import) -> dict[str, Any] | None:
    """The box that the person ticked elsewhere, as the file tells it; None when it does not tell when and to what."""
    text, given = raw.get("consent_text", ""), _moment(raw.get("consent_at", ""))
    if not text or given is None or given > from_iso(found.created_at):
        return None
    worded = {"version": f"import:{found.import_id}", "text": {found.locale: text}}
    return {
        "name": f"consent_{channel}",
        "channel": channel,
        "purpose": "marketing",
        "given_at": to_iso(given),
        "wordings": {"default": worded},
    }


def _moment(text: str) -> datetime | None:
    """A date or a moment; a date alone is its beginning in UTC."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    return from_iso(f"{moment.isoformat()}{'' if moment.tzinfo else '+00:00'}")


# ------------------------------------------------------------------ what became of it


def _settle_part(found: Import, number: int, ports: ImportPorts, now: datetime) -> bool:
    """Writes the final outcome of a part; False while some of its rows are still on their way."""
    told = ports.imports.outcomes(found.import_id, number)
    outcomes = _look(told, ports)
    patient = now - from_iso(found.moved_at or found.created_at) < _PATIENCE
    if patient and any(each.status == WAITING for each in outcomes):
        return False
    ports.imports.keep_outcomes(found, number, outcomes, settled=True)
    counts, reasons = Counter(found.counts or {}), Counter(found.reasons or {})
    counts.update(each.status for each in outcomes)
    reasons.update(reason for each in outcomes for reason in each.reasons)
    ports.imports.advance_settled(found.import_id, number, dict(counts), dict(reasons))
    return True


def _look(told: Sequence[RowOutcome], ports: ImportPorts) -> list[RowOutcome]:
    posts = ports.intake.get_many([each.submission_id for each in told if each.status == WAITING])
    keys = {each: keys_of(post, ports.secret()) for each, post in posts.items() if post.status in (ACCEPTED, RELEASED)}
    homes = ports.people.homes([key for found in keys.values() for key in found.by_kind.values()])
    owners = {each: home_of(found, homes) for each, found in keys.items()}
    there = ports.activities.submitted([(posts[each], owner[0]) for each, owner in owners.items() if owner])
    return [_outcome(each, posts.get(each.submission_id), owners.get(each.submission_id), there) for each in told]


def _outcome(told: RowOutcome, post: Submission | None, owner: tuple[str, str] | None, there: set[str]) -> RowOutcome:
    if told.status != WAITING or post is None:
        return told
    if post.status not in (ACCEPTED, RELEASED):
        return replace(told, status=QUARANTINED, reasons=(*told.reasons, *post.reasons))
    if owner is None or post.submission_id not in there:
        return told
    lead_id, created_by = owner
    if created_by == post.submission_id:
        return replace(told, status=NEW, lead_id=lead_id)
    return replace(told, status=MERGED, reasons=(*told.reasons, DUPLICATE), lead_id=lead_id)
