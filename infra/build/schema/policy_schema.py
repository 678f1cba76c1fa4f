"""The shape of the policies: consent, countries, sending, channels, limits, budget, sales, cleaning, imports."""

from __future__ import annotations

from infra.build.schema.vocabulary import HANDOFF_FACTS
from shared.authoring.content_shapes import (
    DURATION,
    ID,
    amount,
    boolean,
    choice,
    condition,
    listing,
    localized,
    mapping,
    number,
    record,
    text,
)
from shared.domain import cleaning, imports
from shared.domain.limits import LIMITED
from shared.domain.mql_gate import NEEDS

EMAIL = text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "hello@company.example")

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
COUNTRY_NAMES = mapping(
    r"[A-Z]{2}", "CN", record({"en": text(), "zh": text(), "de": text()}, {"also": listing(text())})
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
LIMITS = record(dict.fromkeys(LIMITED, _limit))
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
