"""Leads and the pointers by which their identity keys find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any, NamedTuple

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from shared.domain.crossing import from_text, to_text
from shared.domain.lead import Lead
from shared.domain.lifecycle import LEAD, MQL, RECYCLED, stages_before
from shared.domain.moments import from_iso, to_iso
from shared.domain.timeline import Activity
from shared.store.activities import to_item as activity_item
from shared.store.conditional import saved, updated
from shared.store.connection import CONNECTION
from shared.store.faults import is_lost_condition
from shared.store.rows.people import PersonItem

_MAX_HOPS = 8
_MERGED = "merged"
_LEADS, _HOT = "leads", "hot"


class Page(NamedTuple):
    """Ids of one page of a list, newest first, and where the next page begins (None: no more)."""

    ids: list[str]
    last: dict[str, Any] | None


def _to_lead(item: PersonItem) -> Lead:
    return Lead(
        lead_id=item.id,
        created_at=from_iso(item.created_at),
        created_by=item.created_by or "",
        profile=item.profile or {},
        known_at=item.known_at or {},
        profile_version=int(item.profile_version or 0),
        consent=item.consent or {},
        first_touch=item.first_touch or {},
        last_touch=item.last_touch or item.first_touch or {},
        tags=item.tags or [],
        score=int(item.score or 0),
        fit=int(item.fit or 0),
        interest=int(item.interest or 0),
        grade=item.grade or "cold",
        score_state=item.score_state or {},
        score_version=int(item.score_version or 0),
        score_due=item.score_due or "",
        crossings=from_text(item.crossings or ""),
        stage=item.stage or LEAD,
        stage_at=from_iso(item.stage_at) if item.stage_at else None,
        stage_before=item.stage_before or "",
        owner=item.owner or "",
        handoff_id=item.handoff_id or "",
        handed_at=from_iso(item.handed_at) if item.handed_at else None,
        members=item.members or [],
        account=item.account or "",
    )


@dataclass(slots=True)
class PersonRow:
    """A person's own row, also of one who was merged: `merge` says into whom, when and what stood before (empty: nobody); `undone` are merges
    that were taken back.
    """

    lead: Lead
    merge: dict[str, Any]
    undone: list[str]


class People:
    """Reads and conditional writes of the people table."""

    def find(self, key_id: str, *, consistent: bool = True) -> Lead | None:
        """The lead at this id, following the pointers that identity keys and merges leave. None when nobody has the key."""
        via: list[str] = []
        for _ in range(_MAX_HOPS):
            try:
                item = PersonItem.get(key_id, consistent_read=consistent)
            except PersonItem.DoesNotExist:
                return None
            if item.kind == "lead":
                lead = _to_lead(item)
                lead.via = tuple(via)
                return lead
            if item.kind == _MERGED:
                via.append(item.id)
            key_id = item.lead_id or ""
        raise RuntimeError("identity pointers form a ring")

    def find_many(self, lead_ids: Sequence[str]) -> dict[str, Lead]:
        """The leads at these ids (of an index page); pointers and unknown ids are left out."""
        found = PersonItem.batch_get(list(dict.fromkeys(lead_ids)))
        return {item.id: _to_lead(item) for item in found if item.kind == "lead"}

    def row(self, lead_id: str) -> PersonRow | None:
        """The row at this very id; None for a key's pointer and for nobody."""
        try:
            item = PersonItem.get(lead_id, consistent_read=True)
        except PersonItem.DoesNotExist:
            return None
        return (
            PersonRow(_to_lead(item), item.merge or {}, item.undone or []) if item.kind in ("lead", _MERGED) else None
        )

    def absorb(self, lead: Lead, merge: dict[str, Any]) -> bool:
        """Claims the lead for a merge: its row stays as it is and leads to `merge["into"]`; it leaves the lists. False when it changed since it was read."""
        kept = merge | {"stage": lead.stage, "grade": lead.grade}
        actions: list[Action] = [
            PersonItem.kind.set(_MERGED),
            PersonItem.lead_id.set(merge["into"]),
            PersonItem.merge.set(kept),
            PersonItem.stage.set(_MERGED),
            PersonItem.stage_key.remove(),
            PersonItem.grade.remove(),
            PersonItem.account.remove(),
            PersonItem.listed.remove(),
            PersonItem.hot.remove(),
            PersonItem.profile_version.set(lead.profile_version + 1),
            PersonItem.score_version.set(lead.score_version + 1),
        ]
        condition = (
            (PersonItem.kind == "lead")
            & (PersonItem.stage == lead.stage)
            & (PersonItem.profile_version == lead.profile_version)
            & (PersonItem.score_version == lead.score_version)
        )
        claimed = (PersonItem.kind == _MERGED) & (PersonItem.merge == kept)
        return updated(PersonItem(lead.lead_id), actions, condition | claimed)

    def release(self, lead: Lead, merge: dict[str, Any], undone: list[str]) -> bool:
        """Makes a merged row a lead again, with what stands on `lead`. False when it is none any more."""
        actions: list[Action] = [
            PersonItem.kind.set("lead"),
            PersonItem.lead_id.remove(),
            PersonItem.merge.remove(),
            PersonItem.undone.set(undone),
            PersonItem.stage.set(merge["stage"]),
            *_graded(merge["grade"]),
            PersonItem.listed.set(_LEADS),
            PersonItem.profile.set(lead.profile),
            PersonItem.known_at.set(lead.known_at),
            PersonItem.consent.set(lead.consent),
            PersonItem.score_state.set(lead.score_state),
            PersonItem.profile_version.set(lead.profile_version + 1),
            PersonItem.score_version.set(lead.score_version + 1),
            *_company(lead),
        ]
        if merge["stage"] != LEAD:
            actions.append(PersonItem.stage_key.set(merge["stage"]))
        released = (PersonItem.kind == "lead") & (PersonItem.undone == undone)
        condition = ((PersonItem.kind == _MERGED) & (PersonItem.profile_version == lead.profile_version)) | released
        return updated(PersonItem(lead.lead_id), actions, condition)

    def update_merged(self, lead: Lead) -> bool:
        """Writes what a merge or a parting changes of the survivor; False when somebody else wrote it since it was read."""
        actions: list[Action] = [
            PersonItem.profile.set(lead.profile),
            PersonItem.known_at.set(lead.known_at),
            PersonItem.consent.set(lead.consent),
            PersonItem.first_touch.set(lead.first_touch),
            PersonItem.last_touch.set(lead.last_touch),
            PersonItem.members.set(lead.members),
            *_company(lead),
            PersonItem.score_state.set(lead.score_state),
            PersonItem.profile_version.set(lead.profile_version + 1),
            PersonItem.score_version.set(lead.score_version + 1),
        ]
        condition = (
            (PersonItem.kind == "lead")
            & (PersonItem.profile_version == lead.profile_version)
            & (PersonItem.score_version == lead.score_version)
        )
        return updated(PersonItem(lead.lead_id), actions, condition)

    def homes(self, key_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """{key's id: (id of the row where its timeline lies, the submission that made that row)} of those keys that somebody has."""
        found = {item.id: item for item in PersonItem.batch_get(list(dict.fromkeys(key_ids)))}
        for _ in range(_MAX_HOPS):
            further = {
                item.lead_id: None for item in found.values() if item.kind != "lead" and item.lead_id not in found
            }
            reached = {item.id: item for item in PersonItem.batch_get(list(further))} if further else {}
            if not reached:
                break
            found |= reached
        homes = {key: _followed(found, key) for key in key_ids}
        return {key: (home.id, home.created_by or "") for key, home in homes.items() if home is not None}

    def create(self, lead: Lead) -> bool:
        """Writes the lead; False when its id, which is the claim on its first key, is taken."""
        item = PersonItem(
            lead.lead_id,
            kind="lead",
            created_at=to_iso(lead.created_at),
            created_by=lead.created_by,
            profile=lead.profile,
            known_at=lead.known_at or None,
            profile_version=1,
            consent=lead.consent or None,
            first_touch=lead.first_touch,
            last_touch=lead.last_touch if lead.last_touch != lead.first_touch else None,
            score=lead.score,
            fit=lead.fit,
            interest=lead.interest,
            grade=lead.grade,
            listed=_LEADS,
            hot=_HOT if lead.grade == _HOT else None,
            score_state=lead.score_state,
            score_version=1,
            score_due=lead.score_due or None,
            stage=lead.stage,
            account=lead.account or None,
            called=_called(lead) or None,
        )
        return saved(item, PersonItem.id.does_not_exist())

    def claim_key(self, key_id: str, lead_id: str) -> bool:
        """Points the identity key at the lead; False when the key already stands for somebody (perhaps for this lead)."""
        item = PersonItem(key_id, kind="pointer", lead_id=lead_id)
        return saved(item, PersonItem.id.does_not_exist())

    def update_profile(self, lead: Lead, *, tags: bool = False) -> bool:
        """Writes profile, account, consent and last touch (and `tags`) as they stand on `lead`; False when somebody else wrote them since it was read."""
        return updated(
            PersonItem(lead.lead_id),
            [
                PersonItem.profile.set(lead.profile),
                *_company(lead),
                PersonItem.known_at.set(lead.known_at),
                PersonItem.consent.set(lead.consent),
                PersonItem.last_touch.set(lead.last_touch),
                *([PersonItem.tags.set(lead.tags)] if tags else []),
                PersonItem.profile_version.set(lead.profile_version + 1),
            ],
            PersonItem.profile_version == lead.profile_version,
        )

    def save_score(self, lead: Lead) -> bool:
        """Writes score, grade, state, the time of its timer and the crossings to be told if the version read with `lead` still stands.

        False when another fold came first: read again. Afterwards `lead` is what stands there.
        """
        actions: list[Action] = [
            PersonItem.score.set(lead.score),
            PersonItem.fit.set(lead.fit),
            PersonItem.interest.set(lead.interest),
            *_graded(lead.grade),
            PersonItem.score_state.set(lead.score_state),
            PersonItem.score_version.set(lead.score_version + 1),
            PersonItem.score_due.set(lead.score_due) if lead.score_due else PersonItem.score_due.remove(),
        ]
        if lead.crossings:
            actions.append(PersonItem.crossings.set(to_text(lead.crossings)))
        if not updated(PersonItem(lead.lead_id), actions, PersonItem.score_version == lead.score_version):
            return False
        lead.score_version += 1
        return True

    def set_clock(self, lead: Lead, due: str) -> bool:
        """Writes when the person is looked at again; False when somebody else wrote the score since `lead` was read. On `lead` too."""
        actions: list[Action] = [PersonItem.score_due.set(due), PersonItem.score_version.set(lead.score_version + 1)]
        unchanged = (PersonItem.kind == "lead") & (PersonItem.score_version == lead.score_version)
        if not updated(PersonItem(lead.lead_id), actions, unchanged):
            return False
        lead.score_due, lead.score_version = due, lead.score_version + 1
        return True

    def set_tags(self, lead: Lead, tags: list[str], told: Activity) -> bool:
        """Writes the tags and the activity that tells of it, both or neither; False when somebody else wrote the profile since `lead` was read."""
        actions: list[Action] = [PersonItem.tags.set(tags), PersonItem.profile_version.set(lead.profile_version + 1)]
        condition = PersonItem.profile_version == lead.profile_version
        try:
            with TransactWrite(connection=CONNECTION) as transaction:
                transaction.update(PersonItem(lead.lead_id), actions=actions, condition=condition)
                transaction.save(activity_item(told))
        except TransactWriteError as error:
            if is_lost_condition(error):
                return False
            raise
        return True

    def move_stage(self, lead_id: str, wanted: str, at: datetime) -> bool:
        """Moves the lead to `wanted` if the funnel allows it from where the lead stands, and keeps where that was; False when it does not."""
        actions: list[Action] = [
            PersonItem.stage_before.set(PersonItem.stage),
            PersonItem.stage.set(wanted),
            PersonItem.stage_key.set(wanted),
            PersonItem.stage_at.set(to_iso(at)),
        ]
        if updated(PersonItem(lead_id), actions, PersonItem.stage.is_in(*stages_before(wanted))):
            return True
        # Perhaps this very move has put it there already: the SDK repeats a write whose answer was lost.
        standing = self.find(lead_id)
        return standing is not None and standing.was_moved(wanted, at)

    def claim_handoff(self, lead_id: str, handoff_id: str, owner: str, at: datetime, cooled_since: datetime) -> bool:
        """Makes the lead an MQL that is handed over now.

        Only one hand-off wins, and none comes within the cooldown (handed over after `cooled_since`) unless sales recycled the lead. False for
        the others; the lead then says whose the claim is (`handoff_id`).
        """
        fresh = PersonItem.stage.is_in(LEAD) & (
            PersonItem.handed_at.does_not_exist() | (PersonItem.handed_at < to_iso(cooled_since))
        )
        return updated(
            PersonItem(lead_id),
            [
                PersonItem.stage.set(MQL),
                PersonItem.stage_key.set(MQL),
                PersonItem.stage_at.set(to_iso(at)),
                PersonItem.owner.set(owner),
                PersonItem.handoff_id.set(handoff_id),
                PersonItem.handed_at.set(to_iso(at)),
            ],
            # The last: this claim stands already, and the SDK repeats a write whose answer was lost.
            fresh
            | (PersonItem.stage == RECYCLED)
            | ((PersonItem.handoff_id == handoff_id) & (PersonItem.handed_at == to_iso(at))),
        )

    def page(self, limit: int, before: dict[str, Any] | None = None, *, hot: bool = False) -> Page:
        """Ids of all leads (of the hot ones), newest first."""
        name, index = _list(hot)
        rows = index.query(name, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return Page([row.id for row in rows], rows.last_evaluated_key)

    def count(self, most: int) -> int:
        """How many leads there are; of more than `most` about so many. The list is counted, nobody's row is read."""
        return int(PersonItem.newest_index.count(_LEADS, limit=most))

    def oldest(self, *, hot: bool = False) -> datetime | None:
        """When the oldest lead (of the hot ones) came; None when there is none."""
        name, index = _list(hot)
        [*rows] = index.query(name, limit=1)
        return from_iso(rows[0].created_at) if rows else None

    def around(self, moment: datetime, limit: int, *, hot: bool = False) -> list[str]:
        """Ids of the leads (of the hot ones) who came last before `moment`, or next after it."""
        at, (name, index), created_at = to_iso(moment), _list(hot), PersonItem.created_at
        before = [row.id for row in index.query(name, created_at <= at, scan_index_forward=False, limit=limit)]
        missing = limit - len(before)
        after = index.query(name, created_at > at, limit=missing) if missing else ()
        return before + [row.id for row in after]

    def page_by_stage(self, stage: str, limit: int, before: dict[str, Any] | None = None) -> Page:
        """Ids of the leads that came to this stage (any but ``lead``), latest first."""
        rows = PersonItem.stage_index.query(stage, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return Page([row.id for row in rows], rows.last_evaluated_key)

    def page_by_account(self, account: str, limit: int, before: dict[str, Any] | None = None) -> Page:
        """Ids of the people of one company, newest first."""
        rows = PersonItem.account_index.query(account, scan_index_forward=False, limit=limit, last_evaluated_key=before)
        return Page([row.id for row in rows], rows.last_evaluated_key)

    def names_of_account(self, account: str, limit: int) -> list[tuple[str, str]]:
        """(id, `called`) of the people of one company, newest first; no person's row is read for it."""
        rows = PersonItem.account_index.query(account, scan_index_forward=False, limit=limit)
        return [(row.id, row.called or "") for row in rows]

    def page_called(self, sought: Sequence[Sequence[str]], before: dict[str, Any] | None = None) -> Page:
        """Ids of those of some thousand leads (a megabyte of the list) who are called so (`called.sought`), newest first; perhaps none, and where to go on."""
        each = [reduce(or_, map(PersonItem.called.contains, writings)) for writings in sought]
        rows = PersonItem.newest_index.query(
            _LEADS, filter_condition=reduce(and_, each), scan_index_forward=False, last_evaluated_key=before
        )
        page = next(rows.page_iter)
        return Page([item["id"]["S"] for item in page["Items"]], page.get("LastEvaluatedKey"))


def _followed(found: dict[str, PersonItem], key_id: str) -> PersonItem | None:
    """The lead to which a key, or the row of somebody who was merged, leads within `found`."""
    item = found.get(key_id)
    for _ in range(_MAX_HOPS):
        if item is None or item.kind == "lead":
            return item
        item = found.get(item.lead_id or "")
    return None


def _company(lead: Lead) -> list[Action]:
    """The company, and how the person is called in lists."""
    name = _called(lead)
    return [
        PersonItem.account.set(lead.account) if lead.account else PersonItem.account.remove(),
        PersonItem.called.set(name) if name else PersonItem.called.remove(),
    ]


def _called(lead: Lead) -> str:
    from shared.domain.called import called  # late: only who writes names needs it

    return called(lead.profile)


def _list(hot: bool) -> tuple[str, Any]:
    """The key and the index of all leads or of the hot ones."""
    return (_HOT, PersonItem.hot_index) if hot else (_LEADS, PersonItem.newest_index)


def _graded(grade: str) -> list[Action]:
    """The grade, and whether the lead stands among the hot ones."""
    return [PersonItem.grade.set(grade), PersonItem.hot.set(_HOT) if grade == _HOT else PersonItem.hot.remove()]


def newest_key(created_at: str, lead_id: str) -> dict[str, Any]:
    """Where a lead stands in `page`: to go on behind it."""
    return {"listed": {"S": _LEADS}, "created_at": {"S": created_at}, "id": {"S": lead_id}}


def hot_key(created_at: str, lead_id: str) -> dict[str, Any]:
    """Where a lead stands in `page(hot=True)`: to go on behind it."""
    return {"hot": {"S": _HOT}, "created_at": {"S": created_at}, "id": {"S": lead_id}}


def account_key(account: str, created_at: str, lead_id: str) -> dict[str, Any]:
    """Where a lead stands in `page_by_account`: to go on behind it."""
    return {"account": {"S": account}, "created_at": {"S": created_at}, "id": {"S": lead_id}}


def stage_key(stage: str, stage_at: str, lead_id: str) -> dict[str, Any]:
    """Where a lead stands in `page_by_stage`: to go on behind it."""
    return {"stage_key": {"S": stage}, "stage_at": {"S": stage_at}, "id": {"S": lead_id}}
