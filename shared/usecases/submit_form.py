"""A post on a form becomes a submission that is safely stored before the visitor is thanked."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.domain import forms
from shared.domain.channels import channel_of
from shared.domain.company_size import people_in
from shared.domain.identity import crm_id, email_key, wechat_id
from shared.domain.ids import key_id, stable_id
from shared.domain.moments import from_iso, to_iso
from shared.domain.submission import ACCEPTED, QUARANTINED, Submission
from shared.domain.tokens import BadToken, read, sign
from shared.usecases.contact_points import is_phone_like, parse_email, parse_phone

if TYPE_CHECKING:
    from shared.store.intake import Intake
    from shared.usecases.limit_posts import PostLimit

_SIGNED_FOR = "form"
_TOKEN_AGE = (timedelta(seconds=2), timedelta(hours=24))
_META_MAX = 300
_WECHAT_IDS, _FROM_CRM = ("wechat_openid", "wechat_unionid"), ("crm_id", "crm_stage")
# The door of imported files, behind which somebody signed in.
_TRUSTED = "import"
# What to speak with somebody whose browser did not say.
_LOCALE_OF = {"CN": "zh", "TW": "zh", "HK": "zh", "MO": "zh"}
_META_KEYS = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "s",
    "visitor",
    "referrer",
    "channel",
    "activity",
    "employee",
    "material",
    "distributor",
)


class FieldErrors(Exception):
    """`errors` map fields to error codes."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Post:
    """One post as it came in.

    `raw` holds its fields, `query` its address line, `origin` what the request says about the visitor (``ip user_agent``), `touch` what the touchpoint
    that it names says (it wins over what the post says itself), `channels` is templates/policies/channels.yaml,
    `answered` names what this person has said in an earlier post, `country_code` tells the code of a country's name ("" for what is none).
    """

    form: Mapping[str, Any]
    raw: Mapping[str, Any]
    locale: str
    now: datetime
    country_code: Callable[[str], str]
    locale_is_stated: bool = True
    query: Mapping[str, str] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)
    touch: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, Any] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
    idempotency_key: str = ""


def issue_token(secret: bytes, form: str, now: datetime) -> str:
    """A token for one post of `form`, good from 2 s to 24 h after `now`."""
    return sign(secret, _SIGNED_FOR, form, to_iso(now), uuid.uuid4().hex)


def submit_form(post: Post, *, secret: bytes, intake: Intake, per_address: PostLimit | None = None) -> str:
    """Stores the post and returns its submission id, the same id for the same token or idempotency key.

    Raises FieldErrors for what the visitor can mend. What looks like a machine is stored too, held in quarantine with its reason code, and answered alike.
    """
    post = replace(post, raw=_in_our_words(post))
    nonce, reason = _judge_token(post, secret)
    reason = reason or _judge_honeypot(post)
    submission_id = stable_id("submission", post.form["form"], nonce) if nonce else uuid.uuid4().hex[:20]
    values = _validated(post) if not reason else _as_it_came(post)
    if per_address:
        reason = reason or _judge_frequency(values, secret, per_address, post.now)
    submission = Submission(
        submission_id=submission_id,
        form=post.form["form"],
        received_at=post.now,
        status=QUARANTINED if reason else ACCEPTED,
        fields=values,
        meta=_meta(post),
        reason=reason,
    )
    intake.accept(submission)
    return submission_id


def _in_our_words(post: Post) -> dict[str, Any]:
    """The fields with a country's name as its code and a size as a number of people, so that rules find them; what says neither stays as it came.

    Null is what programs send for nothing.
    """
    raw = {name: value for name, value in post.raw.items() if value is not None}
    if isinstance(country := raw.get("country"), str):
        raw["country"] = post.country_code(country) or country
    if isinstance(size := raw.get("company_size"), str | int | float):
        raw["company_size"] = people_in(str(size)) or size
    return raw


def _misread(post: Post, values: Mapping[str, Any]) -> dict[str, str]:
    """{field: error code} of a country and a size that nobody knows: rules would take them for a place or a number that they are not."""
    errors = {}
    if (country := values.get("country")) and post.country_code(country) != country:
        errors["country"] = "unknown_country"
    if (size := values.get("company_size")) and people_in(size) != size:
        errors["company_size"] = "invalid_size"
    return errors


def _judge_token(post: Post, secret: bytes) -> tuple[str, str]:
    """(what makes the submission id, reason code)."""
    token = post.raw.get("_token")
    if not token or not isinstance(token, str):
        required = post.form.get("token") == "required"
        return (f"key:{post.idempotency_key}" if post.idempotency_key else ""), ("bad_token" if required else "")
    try:
        form, issued, nonce = read(secret, _SIGNED_FOR, token)
        age = post.now - from_iso(issued)
    except (BadToken, ValueError):
        return "", "bad_token"
    if form != post.form["form"] or not _TOKEN_AGE[0] <= age <= _TOKEN_AGE[1]:
        return f"refused:{nonce}", "bad_token"
    return f"token:{nonce}", ""


def _judge_honeypot(post: Post) -> str:
    trap = post.form.get("honeypot", "")
    return "honeypot" if trap and str(post.raw.get(trap, "")).strip() else ""


def _judge_frequency(values: Mapping[str, Any], secret: bytes, per_address: PostLimit, now: datetime) -> str:
    """Somebody whose address is posted again and again is not made to read as many confirmations."""
    whose = email_key(values["email"]) if values.get("email") else values.get("phone_key", "")
    return "rate_limited" if whose and per_address.is_over(key_id(secret, "posts", whose), now) else ""


def _validated(post: Post) -> dict[str, Any]:
    checked = forms.check(post.form, post.raw, post.answered)
    values, errors = checked.values, checked.errors
    errors |= _misread(post, values)
    if "email" in values:
        address = parse_email(values["email"])
        if address is None:
            errors["email"] = "invalid_email"
        else:
            values["email"] = address
    if "phone" in values:
        _check_phone(values, errors)
    _check_ids(post, values, errors)
    if errors:
        raise FieldErrors(errors)
    return values


def _check_phone(values: dict[str, Any], errors: dict[str, str]) -> None:
    if not is_phone_like(values["phone"]):
        errors["phone"] = "invalid_phone"
        return
    # A number that no plan knows is kept as typed for a human to read, but it is nobody's key.
    number = parse_phone(values["phone"], values.get("country", ""))
    if number:
        values["phone"] = values["phone_key"] = number
    elif not values.get("email"):
        # Nothing else says who it is.
        errors["phone"] = "invalid_phone"


def _check_ids(post: Post, values: dict[str, Any], errors: dict[str, str]) -> None:
    """WeChat's ids may come with any post (a page opened in WeChat knows them); what is none is left out. What the CRM knows is our own people's word
    alone: a stranger could name anybody's record.
    """
    for name in _WECHAT_IDS:
        given = values.pop(name, None) or post.raw.get(name)
        if isinstance(given, str) and (found := wechat_id(given.strip())):
            values[name] = found
    if post.form["form"] != _TRUSTED:
        for name in _FROM_CRM:
            values.pop(name, None)
    elif "crm_id" in values and not crm_id(values["crm_id"]):
        errors["crm_id"] = "invalid_crm_id"


def _as_it_came(post: Post) -> dict[str, Any]:
    names = [spec["name"] for spec in post.form["fields"]]
    values = {name: forms.clean(str(post.raw[name]))[:_META_MAX] for name in names if post.raw.get(name)}
    misread = _misread(post, values)
    return {name: value for name, value in values.items() if name not in misread}


def _meta(post: Post) -> dict[str, Any]:
    given = {**post.query, **{key: value for key, value in post.raw.items() if key in _META_KEYS}}
    meta: dict[str, Any] = {
        key: forms.clean(str(given[key]))[:_META_MAX]
        for key in _META_KEYS
        if given.get(key) and isinstance(given[key], str)
    }
    meta |= {key: value[:_META_MAX] for key, value in (*post.touch.items(), *post.origin.items()) if value}
    if post.channels:
        meta["channel"] = channel_of(post.channels, meta)
    stated = post.locale if post.locale_is_stated else ""
    meta["locale"] = stated or _LOCALE_OF.get(str(post.raw.get("country", "")).upper(), post.locale)
    meta["conversion_point"] = post.form.get("conversion_point", "")
    meta["form_version"] = post.form.get("version", "")
    country = post.raw.get("country")
    row = forms.shown_row(post.form, post.raw, country if isinstance(country, str) else "")
    if consents := forms.consents(post.form, post.raw, post.locale, row):
        meta["consents"] = consents
    return {key: value for key, value in meta.items() if value not in ("", None)}
