"""Mails: the gallery, one mail as anybody would get it, and the frame it is shown in. Nothing here sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalice.app import Response

from functions.admin import desk
from functions.admin.access import MAILS
from functions.admin.gate import Call, Gate, NotFound
from functions.admin.journey_words import purpose_text
from functions.admin.present import harmless, localised
from functions.admin.views import link, locale_of, problem_page, show, words_for
from shared.domain.lead import Lead
from shared.runtime import content, http, pages
from shared.runtime.wiring import wiring
from shared.usecases.console.find_leads import LeadQuery
from shared.usecases.console.preview_mail import SAMPLE, SCHEMES, Preview, preview_mail, sample_lead, used_in
from shared.usecases.console.texts import InvalidField

Json = dict[str, Any]
_WIDTHS = ("desktop", "phone")
_CHOICES = 5  # of people with the name that was typed
# Pages of a person's own: their addresses are signed, so a preview has none.
_PAGES = {f"/{kind}/…": f"mail.link_{kind}" for kind in "upc"}
_CLASSES = ("marketing", "transactional", "internal")
# The mail stands alone in its frame: no script, nothing loaded, no way out, shown by the console only.
_FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; sandbox; frame-ancestors 'self'"


def _choice(call: Call, name: str, allowed: tuple[str, ...], otherwise: str) -> str:
    chosen = call.asked(name, 20) or otherwise
    if chosen not in allowed:
        raise InvalidField(name, f"one of {', '.join(allowed)}")
    return chosen


def _looked_for(call: Call) -> list[Lead]:
    """Who is meant by the name or address that somebody typed: the few that the actor may see."""
    who = call.asked("who", 120)
    if not who:
        return []
    return desk.leads(call, LeadQuery(q=who, limit=_CHOICES)).items


def _person(call: Call, locale: str, found: Sequence[Lead] = ()) -> Lead:
    if found:
        return found[0]
    wanted = call.asked("lead")
    if wanted in ("", SAMPLE):
        return sample_lead(locale, call.now)
    lead = wiring.people.find(wanted)
    if lead is None:
        raise NotFound("there is no such person")
    return lead


def _preview(call: Call, found: Sequence[Lead] = ()) -> Preview:
    template = call.ids["template"]
    if template not in content.emails():
        raise NotFound("there is no such mail")
    asked = _choice(call, "language", pages.LOCALES, "") if call.asked("language") else ""
    lead = _person(call, asked or locale_of(call.headers, call.query), found)
    return preview_mail(template, lead, asked, wiring.preview_ports, call.now)


def _listed() -> list[Json]:
    journeys = content.journeys()
    return [
        {"template": name, "class": mail["class"], "purpose": mail["purpose"], "journeys": used_in(name, journeys)}
        for name, mail in sorted(content.emails().items())
    ]


# ------------------------------------------------------------------ JSON


def mails(call: Call) -> Json:
    """Every mail with its class, purpose and the journeys that send it."""
    return {"items": _listed()}


def preview(call: Call) -> Json:
    """One mail as ``lead`` would get it (none: somebody invented), in ``language`` (none: the person's own)."""
    found = _preview(call)
    return {
        "template": found.template,
        "class": found.klass,
        "purpose": found.purpose,
        "language": found.locale,
        "subject": found.subject,
        "preheader": found.preheader,
        "html": found.html,
        "text": found.text,
        "links": list(found.links),
        "audience": dict(found.audience),
        "bytes": len(found.html.encode()),
    }


# ------------------------------------------------------------------ pages


def gallery(call: Call) -> Response:
    """All mails, as small pictures of themselves."""
    locale, kind = locale_of(call.headers, call.query), call.asked("class", 20)
    rows = [
        row
        | {
            "journeys": _journeys(row["journeys"], locale),
            "subject": preview_mail(
                row["template"], sample_lead(locale, call.now), locale, wiring.preview_ports, call.now
            ).subject,
            "href": link(call, f"/mails/{row['template']}"),
            "frame": link(call, f"/mails/{row['template']}/frame", language=locale),
        }
        for row in _listed()
        if kind in ("", row["class"])
    ]
    return show(call, "mails", rows=rows, kind=kind, classes=_CLASSES)


def one(call: Call) -> Response:
    """One mail, with switches for person, language, width and colour scheme."""
    width, scheme = _choice(call, "width", _WIDTHS, "desktop"), _choice(call, "scheme", SCHEMES, "light")
    people = _looked_for(call)
    found, path = _preview(call, people), f"/mails/{call.ids['template']}"
    lead_id = people[0].lead_id if people else call.asked("lead")
    chosen = {"lead": lead_id, "language": found.locale, "width": width, "scheme": scheme}
    words = words_for(call)

    def switch(name: str, values: tuple[str, ...]) -> Json:
        return {
            "label": words[f"mail.{name}"],
            "items": [
                {
                    "text": words[f"mail.{name}.{value}"],
                    "href": link(call, path, **chosen | {name: value}),
                    "here": chosen[name] == value,
                }
                for value in values
            ],
        }

    return show(
        call,
        "mail",
        mail=found,
        kind=found.klass,
        purpose=purpose_text(found.purpose, words),
        size=f"{len(found.html.encode()) / 1024:.0f} KB",
        person=_named(_person(call, found.locale, people)),
        who=call.asked("who", 120),
        people=[
            {
                "text": _named(each),
                "href": link(call, path, **chosen | {"lead": each.lead_id}),
                "here": each is people[0],
            }
            for each in people
        ],
        path=path,
        chosen=chosen,
        switches=[switch("language", pages.LOCALES), switch("width", _WIDTHS), switch("scheme", SCHEMES)],
        frame=link(call, f"{path}/frame", **chosen),
        audience=[f"{group}.{name}" for group, name in found.audience.items()],
        links=[words.get(_PAGES.get(each, ""), "") or harmless(each, 200) for each in found.links],
        journeys=_journeys(used_in(found.template, content.journeys()), locale_of(call.headers, call.query)),
    )


def _journeys(names: Sequence[str], locale: str) -> list[Json]:
    known = content.journeys()
    return [{"id": name, "name": localised(known[name]["name"], locale)} for name in names]


def _named(lead: Lead) -> str:
    return harmless(lead.profile.get("name") or lead.email, 120)


def frame(call: Call) -> Response:
    """The mail itself, for the frame of the page and the pictures of the gallery."""
    html = _preview(call).in_scheme(_choice(call, "scheme", SCHEMES, "light"))
    return http.page(html, 200, {"Content-Security-Policy": _FRAME_POLICY, "Referrer-Policy": "no-referrer"})


def register(gate: Gate) -> None:
    """The pages and calls about mails."""
    gate.json("GET", "/api/mails", MAILS, mails)
    gate.json("GET", "/api/mails/{template}/preview", MAILS, preview)
    gate.page("GET", "/mails", MAILS, gallery, problem_page)
    gate.page("GET", "/mails/{template}", MAILS, one, problem_page)
    gate.page("GET", "/mails/{template}/frame", MAILS, frame, problem_page)
