"""A company: who of its buying committee is moved, its score, its people, and what is open."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import EVERYBODY, HANDOFFS
from functions.admin.gate import Call, Gate
from functions.admin.pages_handoffs import handoff_row
from functions.admin.present import harmless, initials, lead_row, localised, moment, name_of
from functions.admin.present_timeline import account_score_view, timeline_row
from functions.admin.views import Words, locale_of, problem_page, show, words_for
from shared.domain.account_score import Coverage
from shared.domain.lead import Lead
from shared.domain.scoring import attributes_of
from shared.runtime import content
from shared.usecases.console.explain_score import explain_now
from shared.usecases.console.read_account import MOST, Account
from shared.usecases.console.timeline import Happening

Row = dict[str, Any]
# The most interested people of a company; the list of leads has the others.
_SHOWN = 25


def account(call: Call) -> Response:
    """One company."""
    found, words, locale = desk.the_account(call), words_for(call), locale_of(call.headers, call.query)
    grades = content.account_model().model["grades"]
    marks = [(rule["grade"], rule["enter"]) for rule in grades if rule["enter"] is not None]
    by_id = {lead.lead_id: lead for lead in found.people}
    return show(
        call,
        "account",
        account=_head(found, words),
        score=account_score_view(found.score, marks, locale),
        committee=[_department(each, by_id, found, words, locale) for each in found.score.coverage],
        missing=len(found.score.missing),
        people=[_person(lead, found, call, words) for lead in found.people[:_SHOWN]],
        more=_more(found, words),
        namesakes=[_person(lead, found, call, words) for lead in found.namesakes],
        handoffs=[{**handoff_row(each, call, words), "open": call.actor.may(HANDOFFS)} for each in found.handoffs],
        recent=[_line(lead, each, words) for lead, each in found.recent],
    )


def _more(found: Account, words: Words) -> str:
    """What the table of people leaves out; "" when it has them all."""
    if found.more:
        return words("account.more", n=MOST, shown=_SHOWN)
    return words("account.shown", n=len(found.people), shown=_SHOWN) if len(found.people) > _SHOWN else ""


def _head(found: Account, words: Words) -> Row:
    name = harmless(found.name or found.domain, 120) or words["account.nameless"]
    count = f"{len(found.people)}{'+' if found.more else ''}"
    people = words("account.people_n" if count != "1" else "account.people_1", n=count)
    return {
        "id": found.account_id,
        "name": name,
        "initials": initials(name),
        "line": " · ".join(part for part in (harmless(found.domain, 120), people) if part),
        "stage": found.score.stage,
        "active": words("account.active", n=found.score.active),
    }


def _department(each: Coverage, by_id: dict[str, Lead], found: Account, words: Words, locale: str) -> Row:
    """A department of the committee: who covers it, or who could."""
    return {
        "id": each.role,
        "name": localised(each.name, locale),
        "by": _named(by_id[each.lead_id], found, words) if each.lead_id else None,
        "quiet": [_named(by_id[lead_id], found, words) for lead_id in each.quiet[:3]],
    }


def _named(lead: Lead, found: Account, words: Words) -> Row:
    return {
        "id": "" if lead.lead_id in found.colleagues else lead.lead_id,
        "name": _name(lead, found, words),
        "title": harmless(lead.profile.get("title", ""), 120),
    }


def _name(lead: Lead, found: Account, words: Words) -> str:
    if lead.lead_id not in found.colleagues:
        return name_of(lead.profile)
    return words("account.of_colleague", owner=harmless(lead.owner, 60)) if lead.owner else words["account.of_nobody"]


def _person(lead: Lead, found: Account, call: Call, words: Words) -> Row:
    """A person's line, with what their title says."""
    model = content.scoring_model()
    score, grade = explain_now(lead, model, call.now)
    facts = attributes_of(lead.profile, model.titles)
    row = lead_row(lead, score.total, grade)
    says = [
        words.get(f"{kind}.{facts[kind]}", harmless(facts[kind])) for kind in ("department", "seniority") if facts[kind]
    ]
    return {
        **row,
        "id": "" if lead.lead_id in found.colleagues else lead.lead_id,
        "name": _name(lead, found, words),
        "line": row["title"],
        "says": " · ".join(says),
    }


def _line(lead: Lead, activity: Any, words: Words) -> Row:
    happening = Happening(activity.at, activity.type, activity.channel, activity.agent, activity.detail)
    row = timeline_row(happening, words)
    return {**row, "who": name_of(lead.profile), "lead_id": lead.lead_id, "at": moment(activity.at)}


def register(gate: Gate) -> None:
    """The page of a company."""
    gate.page("GET", "/accounts/{account_id}", EVERYBODY, account, problem_page)
