"""An invented person for linting, golden renderings and the gallery: the variables that a mail may use, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.authoring.content_shapes import LOCALES
from shared.authoring.content_yaml import load

_ROOT = "https://mail.example"
SHIPPED = Path(__file__).resolve().parents[2] / "templates"
_PERSON = {
    "en": {
        "name": "Ada Quill",
        "given_name": "Ada",
        "company": "Acme Robotics",
        "title": "CTO",
        "email": "ada@acme.example",
        "locale": "en",
    },
    "zh": {
        "name": "林晓",
        "given_name": "林晓",
        "company": "极客机器人",
        "title": "技术总监",
        "email": "lin@acme.example",
        "locale": "zh",
    },
}
_HANDOFF: dict[str, dict[str, Any]] = {
    "en": {
        "who": "Ada Quill, CTO",
        "contact": "+8613912047765 · ada@acme.example",
        "company": "Acme Robotics, manufacturing, CN",
        "score": 50,
        "grade": "hot",
        "reasons": [
            "+20 Director or above",
            "+15 Asked for the white paper",
            "+10 Clicked the link in a mail",
            "+5 Opened a mail of ours",
        ],
        "interactions": [
            "3 Mar 11:01 · clicked a link · whitepaper",
            "3 Mar 11:00 · opened a mail",
            "2 Mar 09:00 · sent a form · whitepaper",
        ],
        "next_step": "Call in person within the day. Skip the demo; ask which outcome their board expects this year.",
        "due_at": "5 Mar 11:01 (Asia/Shanghai)",
        "console_url": "https://console.example/handoffs/1",
        "owner_name": "Chen Jing",
    },
    "zh": {
        "who": "林晓，技术总监",
        "contact": "+8613912047765 · lin@acme.example",
        "company": "极客机器人，制造业，CN",
        "score": 50,
        "grade": "热",
        "reasons": ["+20 职位为总监或以上", "+15 下载了白皮书", "+10 点击了邮件中的链接", "+5 打开了我们的邮件"],
        "interactions": [
            "3 月 3 日 11:01 · 点击邮件链接 · whitepaper",
            "3 月 3 日 11:00 · 打开邮件",
            "3 月 2 日 09:00 · 提交表单 · whitepaper",
        ],
        "next_step": "24 小时内亲自致电。先不演示产品，先问对方管理层今年最想看到的结果。",
        "due_at": "3 月 5 日 11:01 (Asia/Shanghai)",
        "console_url": "https://console.example/handoffs/1",
        "owner_name": "陈静",
    },
}
_NOTICE = {
    "en": {
        "who": "Ada Quill, CTO",
        "company": "Acme Robotics",
        "contact": "+8613912047765 · ada@acme.example",
        "score": 42,
        "grade": "warm",
        "reason": "Clicked the case study a week after the download",
        "console_url": "https://console.example/leads/1",
    },
    "zh": {
        "who": "林晓，技术总监",
        "company": "极客机器人",
        "contact": "+8613912047765 · lin@acme.example",
        "score": 42,
        "grade": "温",
        "reason": "下载一周后点击了客户案例",
        "console_url": "https://console.example/leads/1",
    },
}


@dataclass(frozen=True, slots=True)
class Targets:
    """Where links of mails may lead: {asset: path of its page}, and the names of the forms."""

    assets: Mapping[str, str]
    forms: tuple[str, ...]


def _assets(path: Path, root: Path) -> dict[str, str]:
    """Of a form that cannot be read there are none: the compiler tells its author."""
    form = load(path, root).data
    assets = form.get("assets") if isinstance(form, dict) else None
    return {str(name): str(page) for name, page in assets.items()} if isinstance(assets, dict) else {}


def read_targets(root: Path) -> Targets:
    """The targets that the forms under `root` offer, whatever else may be wrong with them."""
    paths = sorted(path for path in (root / "forms").glob("*.yaml") if not path.name.startswith("_"))
    assets = {name: f"/f/{path.stem}/{page}" for path in paths for name, page in _assets(path, root).items()}
    return Targets(assets, tuple(path.stem for path in paths))


def sample_context(
    locale: str, klass: str, *, audience: Mapping[str, str] | None = None, targets: Targets | None = None
) -> dict[str, Any]:
    """What the sender gives a mail of class `klass`, with invented values. `audience`: {group: name} of the person."""
    if locale not in LOCALES:
        raise ValueError(f"no sample person speaks {locale!r}")
    offered = targets or read_targets(SHIPPED)
    context: dict[str, Any] = {
        "person": _PERSON[locale],
        "link": lambda url: f"{_ROOT}/t/c/{len(str(url))}",
        "assets": {name: f"{_ROOT}{path}?lang={locale}" for name, path in offered.assets.items()},
        "forms": {name: f"{_ROOT}/f/{name}?lang={locale}" for name in offered.forms},
        "public_url": _ROOT,
        "unsubscribe_url": f"{_ROOT}/u/sample",
        "preferences_url": f"{_ROOT}/p/sample",
        "confirm_url": f"{_ROOT}/c/sample",
        "pixel_url": f"{_ROOT}/t/o/sample",
        "hidden_url": f"{_ROOT}/t/h/sample",
        "sender": {
            "name": {"en": "Ripen Demo", "zh": "Ripen 演示公司"}[locale],
            "postal_address": {"en": "88 Century Avenue, Shanghai", "zh": "上海市浦东新区世纪大道 88 号"}[locale],
            "contact": "hello@ripen-demo.example",
            "website": "https://www.ripen-demo.example",
        },
        "label": {"en": "", "zh": "【广告】"}[locale] if klass == "marketing" else "",
        "audience": audience or {},
    }
    internal = klass == "internal"
    return context | {"handoff": _HANDOFF[locale] if internal else {}, "notice": _NOTICE[locale] if internal else {}}
