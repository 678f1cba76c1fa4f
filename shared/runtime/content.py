"""The compiled content (docs/design.md): what marketers wrote, validated at build, read here as plain JSON and never checked again."""

from __future__ import annotations

import json
import os
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.domain.account_score import AccountModel
    from shared.domain.cleaning import CleaningRules
    from shared.domain.mail_domains import MailDomains
    from shared.domain.mql_gate import MqlGate
    from shared.domain.scoring import ScoringModel

_PACKAGE = Path(__file__).resolve().parents[1]
# In the layer, content/ lies beside python/; in a checkout the build writes .build/content.
_PLACES = (_PACKAGE.parent.parent / "content", _PACKAGE.parent / ".build" / "content")


class ContentMissing(Exception):
    """The content was not compiled or not deployed."""


@lru_cache(maxsize=1)
def directory() -> Path:
    """Where the compiled content lies: CONTENT_DIR, else beside the package."""
    named = os.environ.get("CONTENT_DIR", "")
    for place in ([Path(named)] if named else []) + list(_PLACES):
        if (place / "forms.json").is_file():
            return place
    raise ContentMissing("no compiled content; run: make content")


@cache
def _read(name: str) -> Any:
    return json.loads((directory() / name).read_text(encoding="utf-8"))


def forms() -> dict[str, Any]:
    """{form_id: form}"""
    return dict(_read("forms.json"))


def journeys() -> dict[str, Any]:
    """{journey_id: journey}"""
    return dict(_read("journeys.json"))


def journey_sources() -> dict[str, str]:
    """{journey_id: text of its file}, for whoever edits it in the console."""
    return dict(_read("journey_sources.json"))


def segments() -> dict[str, Any]:
    """{segment_id: {"name", "condition", "version"}} of the segments that stand in files."""
    return dict(_read("segments.json"))


def policies() -> dict[str, Any]:
    """{"sender", "consent", "sending", "sales", "budget"}"""
    return dict(_read("policies.json"))


def emails() -> dict[str, Any]:
    """{template: {"class", "locales": {locale: parts}}}"""
    return dict(_read("emails.json"))


def messages() -> dict[str, Any]:
    """{template: {"class", "purpose", "sms"?, "wechat"?, "push"?}}: what is sent by other channels than e-mail."""
    return dict(_read("messages.json"))


def texts(locale: str) -> dict[str, str]:
    """The words that pages share, in `locale`."""
    return dict(_read("texts.json")[locale])


@lru_cache(maxsize=1)
def cleaning_rules() -> CleaningRules:
    """The rules of cleaning with the lists of domains that they need."""
    from shared.domain.cleaning import CleaningRules  # late: only who cleans needs it

    return CleaningRules(policies()["cleaning"], mail_domains())


@lru_cache(maxsize=1)
def mail_domains() -> MailDomains:
    """What is known about domains."""
    from shared.domain.mail_domains import MailDomains

    return MailDomains.of(_read("domains.json"))


def account_of(profile: Mapping[str, str]) -> str:
    """The account (company) of a profile, "" where none is known."""
    from shared.domain.accounts import account_id  # late: only who changes addresses and companies needs it

    return account_id(profile, mail_domains())


@lru_cache(maxsize=1)
def mql_gate() -> MqlGate:
    """What sales needs to know of a lead."""
    from shared.domain.mql_gate import MqlGate

    return MqlGate.of(policies()["sales"]["mql_gate"], cleaning_rules())


def country_code(said: str) -> str:
    """The code of a country's name in whatever language and writing; "" for what is no country."""
    from shared.domain.country_names import country_code as code_of  # late: most events name no country

    return code_of(said, _read("countries.json"))


def rules_version() -> str:
    """What names the rules by which scores are folded and read."""
    from shared.domain.score_walk import rules_version as version_of  # late: only who folds everybody asks

    scoring = _read("scoring.json")
    return version_of(scoring["models"].values(), scoring["titles"])


@lru_cache(maxsize=1)
def scoring_model() -> ScoringModel:
    """The scoring model of prospects, with the models of other stages beside it."""
    from shared.domain.scoring import ScoringModel  # late: only who scores needs it

    scoring = _read("scoring.json")
    titles, models = scoring["titles"], scoring["models"]
    others = {stage: ScoringModel(model, titles) for model in models.values() for stage in model.get("for_stages", ())}
    return ScoringModel(models["prospects"], titles, others)


@lru_cache(maxsize=1)
def account_model() -> AccountModel:
    """The model by which a company counts, and its people in it."""
    from shared.domain.account_score import AccountModel

    return AccountModel(_read("scoring.json")["accounts"], scoring_model())
