"""The mailbox: what the local SES accepted, as its recipients see it. Exists on the local AWS only."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from flask import Blueprint, Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from infra.local.mail_store import KeptMail, MailStore
from infra.local.ses_publisher import SesPublisher

PREFIX = "/_ripen/mailbox"
PAGE_SIZE = 50
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# A mail is a stranger's HTML: no scripts, no forms, links open outside the frame. Pictures load, so opens are real.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:;"
    " style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"
)


def create(store: MailStore, publisher: SesPublisher) -> Flask:
    """The mailbox as a WSGI application under PREFIX."""
    app = Flask(__name__, template_folder=str(Path(__file__).parent / "pages"), static_folder=None)
    app.register_blueprint(_routes(store, publisher), url_prefix=PREFIX)
    return app


def one_click(mail: KeptMail) -> int:
    """Unsubscribes as a mail client does (RFC 8058), and returns the answer's status."""
    answer = urllib3.request(
        "POST",
        mail.one_click_url,
        body=b"List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        redirect=False,
        retries=False,
        timeout=30,
    )
    return answer.status


def _routes(store: MailStore, publisher: SesPublisher) -> Blueprint:
    routes = Blueprint("mailbox", __name__)

    def found(mail_id: str) -> KeptMail:
        return store.get(mail_id) or abort(404)

    routes.before_request(_refuse_strangers)

    @routes.get("/", strict_slashes=False)
    def inbox() -> str:
        to, page = request.args.get("to", ""), max(1, request.args.get("page", 1, int))
        mails = list(store.newest(to))
        shown = mails[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        more = len(mails) > page * PAGE_SIZE
        return render_template("inbox.html", mails=shown, count=len(mails), to=to, page=page, more=more)

    @routes.get("/messages/<mail_id>")
    def message(mail_id: str) -> str:
        said = {"did": request.args.get("did", ""), "result": request.args.get("result", "")}
        return render_template("message.html", mail=found(mail_id), **said)

    @routes.get("/messages/<mail_id>/html")
    def html(mail_id: str) -> Response:
        body = found(mail_id).body("Html")
        answer = Response('<base target="_blank">' + body, mimetype="text/html")
        answer.headers["Content-Security-Policy"] = MAIL_POLICY
        return answer

    @routes.post("/messages/<mail_id>/<act>")
    def act_on_page(mail_id: str, act: str) -> AnyResponse:
        result = _act(publisher, found(mail_id), act, request.form)
        told = " · ".join(f"{name} {value}" for name, value in result.items())
        return redirect(url_for("mailbox.message", mail_id=mail_id, did=act, result=told), 303)

    @routes.get("/api/messages")
    def messages() -> Response:
        limit = min(request.args.get("limit", 200, int), 1000)
        mails = [_json(mail) for mail, _ in zip(store.newest(request.args.get("to", "")), range(limit), strict=False)]
        return jsonify(items=mails)

    @routes.get("/api/messages/<mail_id>")
    def one(mail_id: str) -> Response:
        return jsonify(_json(found(mail_id)))

    @routes.post("/api/messages/<mail_id>/<act>")
    def act(mail_id: str, act: str) -> Response:
        return jsonify(_act(publisher, found(mail_id), act, request.get_json(silent=True) or {}))

    return routes


def _act(publisher: SesPublisher, mail: KeptMail, act: str, options: Any) -> dict[str, int]:
    """What the recipient or their server does with the mail."""
    if act == "bounce":
        kind, subtype = options.get("type", "Permanent"), options.get("subtype", "General")
        return {"topics": publisher.bounced(mail, kind, subtype)}
    if act == "complain":
        return {"topics": publisher.complained(mail, options.get("feedback_type", "abuse"))}
    if act == "unsubscribe":
        return {"status": one_click(mail) if mail.one_click_url else abort(409, "The mail has no one-click address.")}
    return abort(404)


def _json(mail: KeptMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "message_id": mail.message_id,
        "at": mail.at,
        "from": mail.sender,
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.body("Text"),
        "html": mail.body("Html"),
        "headers": dict(mail.sent.headers),
        "tags": mail.sent.tags,
        "configuration_set": mail.request.get("ConfigurationSetName"),
        "events": mail.events,
    }


def _refuse_strangers() -> None:
    """Other sites must not press our buttons, nor read mails by a name that they point at 127.0.0.1."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        abort(403, "The mailbox answers on this machine only.")
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403, "Another site may not act on mails.")
