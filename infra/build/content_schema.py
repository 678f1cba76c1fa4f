"""The shape of each kind of file under templates/."""

from __future__ import annotations

from shared.authoring.content_shapes import (
    CONVERSION_POINTS,
    DURATION,
    ID,
    ID_PATTERN,
    Shape,
    amount,
    anything,
    boolean,
    choice,
    condition,
    listing,
    localized,
    mapping,
    number,
    optional,
    record,
    text,
)
from shared.domain import cleaning, imports, timeline
from shared.domain.mql_gate import NEEDS
from shared.domain.score_state import SPANS

EMAIL = text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "hello@company.example")
CHANNEL = choice("email", "sms", "phone")

FORM_FIELDS = ("email", "phone", "name", "company", "title", "industry", "company_size", "country", "budget", "message")
ACTIVITY_FACTS = (
    "form",
    "path",
    "url",
    "channel",
    "type",
    "template",
    "link",
    "message_id",
    "purpose",
    "class",
    "stage",
    "grade",
    "reason",
    "permanent",
    "segment",
    "tag",
    "status",
    "to",
    "handoff_id",
)
# Details that say how deep a touch went.
DEPTHS = ("seconds", "minutes", "scrolled")
PROFILE_FACTS = (
    "seniority",
    "department",
    "company_known",
    "country",
    "industry",
    "company_size",
    "budget",
    "company",
    "title",
    "phone",
    "email",
)
HANDOFF_FACTS = (
    *PROFILE_FACTS,
    "locale",
    "reason",
    "score",
    "did_form_submitted",
    "did_page_viewed",
    "did_email_opened",
    "did_email_clicked",
)
ACTIVITIES = (
    timeline.FORM_SUBMITTED,
    timeline.PAGE_VIEWED,
    timeline.EMAIL_OPENED,
    timeline.EMAIL_CLICKED,
    timeline.EMAIL_BOUNCED,
    timeline.EMAIL_COMPLAINED,
    timeline.UNSUBSCRIBED,
    timeline.CONSENT_GIVEN,
    timeline.PREFERENCES_CHANGED,
    timeline.GRADE_CHANGED,
    timeline.STAGE_CHANGED,
    timeline.HANDED_OFF,
    timeline.HANDOFF_UPDATED,
    timeline.SEGMENT_ENTERED,
    timeline.SEGMENT_LEFT,
    timeline.TAG_ADDED,
    timeline.TAG_REMOVED,
)
STAGES = ("lead", "mql", "sal", "sql", "opportunity", "customer", "recycled", "disqualified")

_choice_of_field = record({"value": text(), "label": localized()})
_described = {
    "type": choice("email", "tel", "text", "textarea", "select", "country"),
    "max_length": number(1, 4000),
    "label": localized(),
}
_optional = {
    "placeholder": localized(),
    "autocomplete": text(),
    "group": choice("main", "more"),
    "choices": listing(_choice_of_field, least=1),
    "strict_choices": boolean,
}
# What every field is like (forms/_fields.yaml), and what a form says of those it asks for.
FIELDS = record(dict.fromkeys(FORM_FIELDS, record(_described, _optional)))
_field = record({"name": choice(*FORM_FIELDS)}, {"required": boolean, **_described, **_optional})
_worded = record({"version": text(), "text": localized()})
WORDINGS = mapping(
    ID_PATTERN,
    "marketing_email",
    record({"channel": CHANNEL, "purpose": ID, "rows": mapping(r"default|[A-Z]{2}", "default or DE", _worded)}),
)
_consent = record({"wording": ID, "about": localized()})
_titled = record({"title": text(), "text": text()})
_figure = record({"value": text(), "text": text()})
_fact = record({"label": text(), "value": text()})
_host = record({"name": text(), "role": text(), "text": text()})
_answered = record({"question": text(), "answer": text()})
_words = record(
    {
        key: text()
        for key in (
            "meta_description",
            "eyebrow",
            "title",
            "lead",
            "chapters_title",
            "form_title",
            "form_note",
            "more",
            "submit",
            "thanks_title",
            "thanks_text",
            "thanks_button",
            "thanks_next_title",
        )
    }
    | {"bullets": listing(text(), least=1), "chapters": listing(_titled), "thanks_next": listing(text())},
    # Sections that a page has or has not; each list comes with the heading above it.
    {
        "art_note": text(),
        "facts": listing(_fact, least=2),
        "figures_title": text(),
        "figures": listing(_figure, least=1),
        "figures_note": text(),
        "people_title": text(),
        "people": listing(_host, least=1),
        "questions_title": text(),
        "questions": listing(_answered, least=1),
    },
)

FORM = record(
    {
        "conversion_point": choice(*CONVERSION_POINTS),
        "art": choice("paper", "live", "console", "offer", "start"),
        "token": choice("optional", "required"),
        "honeypot": ID,
        "fields": listing(_field, least=1),
        "consents": listing(_consent),
        "texts": localized(_words),
        "assets": mapping(r"[a-z][a-z0-9]*", "whitepaper", text(r"asset/[a-z0-9-]+", "asset/whitepaper")),
        "origins": listing(text(r"\*|https?://[^/\s]+", "* or https://www.company.example"), least=1),
    }
)

_rule_base = {"id": ID, "points": number(-100, 100), "dimension": choice("interest", "fit"), "why": localized()}
_step = record({"from": number(0, 1_000_000), "times": amount(10)})
BEHAVIOUR = record(
    _rule_base | {"kind": choice("behaviour"), "on": choice(*ACTIVITIES)},
    {
        "where": condition(ACTIVITY_FACTS),
        "half_life_days": number(1, 3650),
        "once_per": listing(choice(*ACTIVITY_FACTS, *SPANS), least=1),
        "cap": record({"points": number(1, 1000)}, {"days": number(1, 365)}),
        "weight": anything,
        "group": ID,
    },
)
# Involvement: a touch is worth the rule's points times this.
WEIGHT_BY_STEPS = record({"field": choice(*DEPTHS), "steps": listing(_step, least=1)})
WEIGHT_LINEAR = record({"field": choice(*DEPTHS), "full": number(1, 100_000), "least": amount(1), "most": amount(10)})
ATTRIBUTE = record(_rule_base | {"kind": choice("attribute"), "where": condition(PROFILE_FACTS)}, {"group": ID})
_grade = record(
    {
        "grade": choice("hot", "warm", "cold"),
        "enter": optional(number(-1000, 1000)),
        "leave": optional(number(-1000, 1000)),
    }
)


def _band(names: str) -> Shape:
    return record({"band": choice(*names), "enter": optional(number(-1000, 1000))})


_trigger = record(
    {
        "id": ID,
        "on": choice("page_viewed"),
        "path": text(r"/\S*", "/pricing"),
        "times": number(1, 100),
        "within_days": number(1, 365),
        "why": localized(),
    }
)
SCORING = record(
    {
        "full_value_days": number(0, 365),
        "grades": listing(_grade, least=3),
        "groups": mapping(r"[a-z_]+", "title", anything),
        "rules": listing(anything, least=1),
        "triggers": listing(_trigger),
    },
    {
        "matrix": record({"fit": listing(_band("ABCD"), least=2), "interest": listing(_band("1234"), least=2)}),
        "for_stages": listing(choice(*STAGES), least=1),
    },
)
_points = number(0, 100)
_role = record({"id": ID, "name": localized(), "when": condition(PROFILE_FACTS), "points": _points, "why": localized()})
ACCOUNTS = record(
    {
        "people": record({"share": number(0, 100), "most": number(0, 1000), "why": localized()}),
        "breadth": record({"active_from": number(1, 100), "points": _points, "most": _points, "why": localized()}),
        "committee": record(
            {"roles": listing(_role, least=1), "complete": record({"points": _points, "why": localized()})}
        ),
        "stages": record({"points": mapping("|".join(STAGES), "mql", _points), "why": localized()}),
        "grades": listing(_grade, least=3),
    }
)
GROUP = choice("highest", "sum")
GROUP_WITH_CAP = record({"use": GROUP}, {"cap": number(1, 1000)})
_patterns = listing(listing(text()), least=1)
TITLES = record(
    {
        "levels": record(
            dict.fromkeys(("c_level", "vp", "director", "manager", "student"), _patterns), {"staff": _patterns}
        ),
        "negations": _patterns,
        "departments": mapping(r"[a-z_]+", "technical", _patterns),
    }
)

SEGMENT = record({"name": localized(), "who": anything}, {"note": localized()})

_consent_row = record(
    {
        "opt_in": choice("explicit", "opt_out"),
        "double_opt_in": boolean,
        "pre_tick": boolean,
        "label": text(empty=True),
        "unsubscribe_within_days": number(0, 30),
        "link_live_days": number(30, 365),
        "footer": listing(
            choice("identity", "postal_address", "contact", "unsubscribe", "data_source", "imprint"), least=1
        ),
        "proof": text(),
    }
)
CONSENT = record(
    {
        "regions": mapping(r"[A-Z]{2}", "EU", listing(text(r"[A-Z]{2}", "DE"), least=1)),
        "rows": mapping(r"[A-Z]{2}", "CN", _consent_row),
        "default": _consent_row,
    }
)
COUNTRIES = record(
    {
        "default": record({"zone": text()}),
        "countries": mapping(
            r"[A-Z]{2}", "CN", record({"zone": text(), "en": text(), "zh": text()}, {"also": listing(text(), least=1)})
        ),
    }
)
_seconds = number(0, 3600)
_networks = mapping(r"[a-z0-9_]+", "barracuda", listing(text(), least=1))
MACHINES = record(
    {
        "agents": listing(listing(text()), least=1),
        "proxies": listing(text()),
        "windows": record({"open": _seconds, "click": _seconds, "isolation": _seconds, "decide_alone": boolean}),
        "sweep": record({"links": number(2, 50), "seconds": number(1, 600), "before": _seconds}),
        "hidden_link_seconds": number(1, 600),
        "mail_filters": _networks,
        "isolation": _networks,
    }
)
_clock = text(r"([01]\d|2[0-3]):[0-5]\d", '"21:00"')
SENDING = record(
    {
        "caps": record({"marketing": record({"per_day": number(1, 50), "per_7_days": number(1, 350)})}),
        "quiet_hours": record({"from": _clock, "to": _clock}),
        "quiet_days": listing(choice("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
        "defer_days": number(1, 30),
        "soft_bounces": record({"count": number(1, 20), "within_days": number(1, 90), "pause_days": number(1, 365)}),
        "closed_countries": listing(text(r"[A-Z]{2}", "KP")),
        "same_words_after_days": number(0, 30),
    }
)
# How people in a country get text messages; a country that is not named gets none.
SMS = record(
    {
        "countries": mapping(
            r"[A-Z]{2}",
            "US",
            record({"stop": localized()}, {"from": text(r"\S+", "+12065550100 or a pool's id"), "begins": localized()}),
        ),
        "stop_words": listing(text(), least=1),
        "most_parts": number(1, 10),
    }
)
_named = text(r"[a-z][a-z0-9_-]*", "sem or social_ads")
CHANNELS = record(
    {
        "groups": mapping(
            r"[a-z][a-z0-9_]*",
            "free",
            record({"name": localized(), "channels": mapping(r"[a-z][a-z0-9_]*", "sem", localized())}),
        ),
        "rules": listing(
            record(
                {"channel": _named},
                {name: listing(text(), least=1) for name in ("source", "medium", "host")},
            )
        ),
        "otherwise": _named,
    }
)
ATTRIBUTION = record(
    {
        "assignment": record(
            {
                "wins": choice("first", "last"),
                "by": listing(choice("employee", "distributor", "referred_by"), least=1),
                "window_days": number(1, 3650),
            }
        ),
        "position": record({"first": number(0, 100), "last": number(0, 100)}),
        "one_touch_hours": number(0, 720),
    }
)
_limit = record({"posts": number(1, 1_000_000), "within": DURATION, "free": number(0, 1_000)})
LIMITS = record({"per_ip": _limit, "per_address": _limit})
OUTBOUND = record(
    {
        "hosts": listing(text(r"(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}", "api.company.example or *.company.example")),
        "seconds": number(1, 10),
        "longest_kb": number(1, 1024),
        "webhook_pauses": listing(DURATION),
    }
)
SENDER = record(
    {
        "name": localized(),
        "postal_address": localized(),
        "contact": EMAIL,
        "website": text(r"https://\S+", "https://www.company.example"),
    }
)
# Ripen counts what it sends, by channel: a channel without a price would send for nothing.
BUDGET = record(
    {
        "monthly_usd": amount(10_000_000),
        "warn_at_percent": number(1, 100),
        "prices": record({"email": amount(1), "sms": amount(5), "wechat": amount(1), "push": amount(1)}),
        "per_lead_usd": amount(100),
    }
)
_member = {"name": localized(), "email": EMAIL}
SALES = record(
    {
        "team": listing(
            record(
                _member
                | {
                    "owner": ID,
                    "manager": ID,
                    "languages": listing(choice("en", "zh"), least=1),
                    "countries": listing(text(r"[A-Z]{2}", "CN")),
                    "zone": text(),
                },
                {"role": ID},
            ),
            least=1,
        ),
        "mql_gate": record({"binding": boolean, "needs": listing(choice(*NEEDS), least=1)}),
        "pick_up": listing(record({"when": condition(HANDOFF_FACTS), "role": ID})),
        "managers": mapping(r"[a-z0-9._-]+", "manager", record(_member)),
        "followup": record({"remind_after": DURATION, "escalate_after": DURATION, "cooldown_days": number(0, 3650)}),
        "next_steps": listing(record({"id": ID, "text": localized()}, {"when": condition(HANDOFF_FACTS)}), least=1),
    }
)
_then = {"then": choice("quarantine", "flag", "ignore")}
_recognised = record({"then": choice("flag", "ignore")})
_run = record(_then | {"from": number(3, 15)})
_domain_name = text(r"([a-z0-9-]+\.)+[a-z0-9-]{2,}", "rival.example")
CLEANING = record(
    {
        "rules": record(
            dict.fromkeys((cleaning.PHONE_REPEATED, cleaning.PHONE_CONSECUTIVE), _run)
            | {code: record(_then) for code in cleaning.JUNK if not code.startswith("phone_")}
            | dict.fromkeys(cleaning.KNOWN, _recognised)
        ),
        "competitors": record({"domains": listing(_domain_name), "companies": listing(text())}),
        "test_leads": record(
            {
                "names": listing(text()),
                "mailboxes": listing(text(r"[^@\s]+", "test (what stands before the @)")),
                "companies": listing(text()),
                "domains": listing(_domain_name),
            }
        ),
        "disposable": record({"also": listing(_domain_name), "never": listing(_domain_name)}),
        "crm_stages": record(dict.fromkeys((cleaning.EXISTING_CUSTOMER, cleaning.IN_FOLLOW_UP), listing(text()))),
    }
)
IMPORTS = record({"headers": record(dict.fromkeys(imports.FIELDS, listing(text(), least=1)))})
MAIL = record({"class": choice("marketing", "transactional", "internal"), "purpose": ID})
_WORDS = mapping(r"[a-z][A-Za-z0-9_]*", "title or keyword1", text())
# A message of other channels than e-mail: as many of them as it is written for.
MESSAGE = record(
    {"class": choice("marketing", "transactional"), "purpose": ID},
    {
        "sms": localized(),
        "wechat": record(
            {"template_id": text(r"[\w-]+", "the id that WeChat shows"), **dict.fromkeys(("en", "zh"), _WORDS)},
            {"url": text()},
        ),
        "push": record(dict.fromkeys(("en", "zh"), record({"title": text(), "text": text()})), {"url": text()}),
    },
)
SPAM_WORDS = record({"en": listing(text(), least=1), "zh": listing(text(), least=1)})
