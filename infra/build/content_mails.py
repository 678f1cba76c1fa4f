"""Compiles templates/emails and lints every mail in every locale, rendered the way it will be sent."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from infra.build import content_schema as schema
from infra.build.content_colours import weak_contrasts
from infra.build.content_shapes import LOCALES
from infra.build.content_yaml import Document, Finding, load
from infra.build.mail import MailError, build_environment, to_html, to_text

# Gmail cuts a mail off beyond this size, and with it the unsubscribe link.
MOST_BYTES = 102_000
_SUBJECT_MOST = 150


def sample_context(locale: str, klass: str) -> dict[str, Any]:
    """What the sender gives a mail, with invented values: the variables that docs/design.md names, and no others."""
    person = {
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
            "given_name": "晓",
            "company": "极客机器人",
            "title": "技术总监",
            "email": "lin@acme.example",
            "locale": "zh",
        },
    }[locale]
    root = "https://mail.example"
    context: dict[str, Any] = {
        "person": person,
        "link": lambda url: f"{root}/t/c/{len(str(url))}",
        "assets": {name: f"{root}/f/whitepaper/asset/{name}" for name in ("whitepaper", "case", "consultation")},
        "public_url": root,
        "unsubscribe_url": f"{root}/u/sample",
        "preferences_url": f"{root}/p/sample",
        "pixel_url": f"{root}/t/o/sample",
        "sender": {
            "name": {"en": "Ripen Demo", "zh": "Ripen 演示公司"}[locale],
            "postal_address": {"en": "88 Century Avenue, Shanghai", "zh": "上海市浦东新区世纪大道 88 号"}[locale],
            "contact": "hello@ripen-demo.example",
            "website": "https://www.ripen-demo.example",
        },
        "label": {"en": "", "zh": "【广告】"}[locale] if klass == "marketing" else "",
    }
    return context | {"handoff": _sample_handoff(locale) if klass == "internal" else {}}


def _sample_handoff(locale: str) -> dict[str, Any]:
    return {
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
    }[locale]


@lru_cache(maxsize=256)
def sendable(source: str, *, autoescape: bool) -> jinja2.Template:
    """A part of a mail as it is rendered when it is sent: in a sandbox, `autoescape` for HTML. Raises jinja2.TemplateSyntaxError."""
    return SandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=autoescape).from_string(source)


def compile_mails(root: Path) -> tuple[dict[str, Any], list[Finding]]:
    """{template: {"class", "purpose", "locales"}} of templates/emails, and what is wrong with them."""
    folder = root / "emails"
    found: list[Finding] = []
    mails: dict[str, Any] = {}
    shared = {locale: _words(folder / "_parts" / f"{locale}.yaml", root, found) for locale in LOCALES}
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("_")):
        head = load(place / "mail.yaml", root) if (place / "mail.yaml").is_file() else None
        if head is None:
            found.append(
                Finding(f"emails/{place.name}/mail.yaml", 1, "the file is missing", "write class: and purpose:")
            )
            continue
        if head.data is not None:
            schema.MAIL(head, (), head.data)
        found += head.found
        if not head.found:
            mails[place.name] = dict(head.data) | {"locales": _compile(place, root, head.data["class"], shared, found)}
    return mails, found


def _words(path: Path, root: Path, found: list[Finding]) -> Document:
    if not path.is_file():
        document = Document(str(path.relative_to(root)))
        document.report((), "the translation is missing", f"write {path.name} beside the other locale")
    else:
        document = load(path, root)
        if document.data is not None and not isinstance(document.data, dict):
            document.report((), "the file should be a mapping", "write subject:, preheader:, …")
    found += document.found
    return document


def _compile(place: Path, root: Path, klass: str, shared: dict[str, Document], found: list[Finding]) -> dict[str, Any]:
    environment = build_environment(place.parent)
    documents = {locale: _words(place / f"{locale}.yaml", root, found) for locale in LOCALES}
    found += _compare_keys(documents)
    locales = {}
    for locale, document in documents.items():
        if document.found or shared[locale].found:
            continue
        missing = [key for key in ("subject", "preheader", "title") if not isinstance(document.data.get(key), str)]
        found += [Finding(document.file, 1, f"there is no {key!r}", f"add {key}:") for key in missing]
        if missing:
            continue
        words = document.data | {"footer": shared[locale].data[klass], "marketing": klass == "marketing"}
        try:
            source = to_html(environment, place.name, words, locale)
        except MailError as error:
            mend = "mend the MJML, or add the word to the locale's file"
            found.append(Finding(f"emails/{place.name}/mail.mjml", error.line, f"{locale}: {error}", mend))
            continue
        mail = {key: document.data[key] for key in ("subject", "preheader")} | {"html": source, "text": to_text(source)}
        found += _lint(document, mail, klass, locale)
        locales[locale] = mail
    return locales


def _compare_keys(documents: dict[str, Document]) -> list[Finding]:
    known = {locale: set(document.data) for locale, document in documents.items() if isinstance(document.data, dict)}
    every = set().union(*known.values())
    return [
        Finding(documents[locale].file, 1, f"{key!r} is not translated", f"add {key}:")
        for locale, keys in known.items()
        for key in sorted(every - keys)
    ]


def _lint(document: Document, mail: dict[str, str], klass: str, locale: str) -> list[Finding]:
    context = sample_context(locale, klass)
    rendered = {}
    for part in ("subject", "preheader", "html", "text"):
        try:
            rendered[part] = sendable(mail[part], autoescape=part == "html").render(context)
        except jinja2.TemplateError as error:
            key = part if part in ("subject", "preheader") else _guilty_key(document, error)
            return [
                Finding(
                    document.file,
                    document.line_of((key,) if key else ()),
                    f"the {part} cannot be rendered ({error.message})",
                    "use the variables that docs/design.md lists",
                )
            ]
    problems = [
        *_lint_html(rendered["html"], locale),
        *_lint_subject(mail["subject"], rendered["subject"], klass),
        *_lint_links(mail, klass),
    ]
    return [Finding(document.file, document.line_of((key,) if key else ()), what, mend) for key, what, mend in problems]


def _guilty_key(document: Document, error: jinja2.TemplateError) -> str:
    """The key whose words hold the name that the error complains of."""
    names = re.findall(r"'(\w+)'", str(error.message))
    return next((key for key, words in document.data.items() if any(name in str(words) for name in names)), "")


def _lint_html(source: str, locale: str) -> list[tuple[str, str, str]]:
    problems = []
    size = len(source.encode())
    if size > MOST_BYTES:
        problems.append(("", f"the mail has {size} bytes, and Gmail cuts off at {MOST_BYTES}", "shorten it"))
    if not re.search(rf'<html[^>]*\blang="{locale}', source):
        problems.append(("", "the mail does not say its language", 'write <mjml lang="[[ lang ]]">'))
    for image in re.findall(r"<img\b[^>]*>", source):
        if "alt=" not in image:
            problems.append(("", f"an image has no alt text: {image[:60]}", 'add alt="…" (alt="" for decoration)'))
        if "/t/o/" not in image and 'src="data:' not in image:
            problems.append(
                (
                    "",
                    f"an image is loaded from elsewhere: {image[:60]}",
                    "draw it with text and colour, or leave it out",
                )
            )
    problems += [
        ("", what, "make the text darker or its ground lighter (4.5 at least)") for what in weak_contrasts(source)
    ]
    return problems


def _lint_subject(source: str, rendered: str, klass: str) -> list[tuple[str, str, str]]:
    if len(rendered) > _SUBJECT_MOST:
        return [("subject", f"the subject has {len(rendered)} letters", f"keep it under {_SUBJECT_MOST}")]
    if klass == "marketing" and not re.match(r"\{\{\s*label\s*\}\}", source):
        return [
            ("subject", "some countries want a label before the subject of marketing mail", "begin it with {{ label }}")
        ]
    return []


def _lint_links(mail: dict[str, str], klass: str) -> list[tuple[str, str, str]]:
    problems = []
    for part in ("html", "text"):
        unsubscribes = len(re.findall(r"\bunsubscribe_url\b", mail[part]))
        if klass == "marketing" and unsubscribes != 1:
            problems.append(
                (
                    "",
                    f"the {part} has {unsubscribes} unsubscribe links",
                    "have exactly one: {{ unsubscribe_url }} in the footer",
                )
            )
        if klass == "transactional" and unsubscribes > 1:
            problems.append(("", f"the {part} has {unsubscribes} unsubscribe links", "have one at most"))
        if klass != "internal" and "sender.postal_address" not in mail[part]:
            problems.append(("", f"the {part} does not say where the sender lives", "show {{ sender.postal_address }}"))
    if klass == "marketing" and not re.search(r"\blabel\b", mail["html"]):
        problems.append(("", "the country's label is missing from the footer", "include _parts/footer.mjml"))
    if klass != "internal" and mail["html"].count("pixel_url") != 1:
        problems.append(("", "the mail should have the open pixel once", "include _parts/footer.mjml"))
    problems += [
        ("", f"the link {address!r} is not tracked", "write {{ link('…') }}")
        for address in re.findall(r'href="(https?://[^"{]+)"', mail["html"])
    ]
    return problems
