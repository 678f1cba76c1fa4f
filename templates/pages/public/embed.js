{#- GET /f/{form}/embed.js: the form on a foreign page. form, locale, t, sender: as in landing.html. -#}
{%- set words = form.texts[locale] -%}
/* Ripen form {{ form.form }}. Use:  <div data-ripen-form="{{ form.form }}"></div> <script src="…/f/{{ form.form }}/embed.js" async></script>
   ?lang=zh or ?lang=en fixes the language. Styles live in a shadow root: page and form do not touch each other. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script) { return; }
  var address = script.src.replace(/\/embed\.js.*$/, "");
  var LOCALE = {{ locale|tojson }};
  var FORM = {{ {"id": form.form, "honeypot": form.honeypot, "fields": form.fields, "consents": form.consents, "rows": form.consent_rows, "asset": form.assets.values()|list|first|default("")}|tojson }};
  var WORDS = {{ {"title": words.form_title, "note": words.form_note, "submit": words.submit, "more": words.more, "thanks_title": words.thanks_title, "thanks_text": words.thanks_text, "thanks_button": words.thanks_button}|tojson }};
  var T = {{ {"optional": t.optional, "choose": t.choose, "trap": t.honeypot_label, "privacy": t.privacy_note, "sending": t.embed_sending, "failed": t.embed_failed, "summary": t.error_summary_title}|tojson }};
  var CSS = {{ ":host{all:initial;display:block;color-scheme:light dark;--card:#fff;--ink:#16221e;--soft:#52605b;--line:#dcd8cd;--brand:#0d5c4a;--hover:#0a4738;--on:#fff;--bad:#a81e2d;--field:#fff;--edge:#87918d}
@media (prefers-color-scheme:dark){:host{--card:#18221f;--ink:#eaf1ee;--soft:#a6b5af;--line:#2d3a36;--brand:#4fc3a1;--hover:#74d9bb;--on:#06231b;--bad:#ff9c9c;--field:#111a17;--edge:#6d7d77}}
*{box-sizing:border-box}.card{font:400 16px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:18px;padding:24px;max-width:520px;text-align:left}
h2{font-size:22px;line-height:1.3;margin:0}p{margin:4px 0 18px;color:var(--soft)}.field{margin-bottom:14px}label{display:block;font-weight:600;font-size:15px;margin-bottom:4px}
.may{font-weight:400;color:var(--soft);font-size:13px}.must{color:var(--bad)}input:not([type=checkbox]),select,textarea{font:inherit;color:inherit;width:100%;min-height:46px;padding:9px 12px;background:var(--field);border:1px solid var(--edge);border-radius:10px}
:focus-visible{outline:3px solid #e8743b;outline-offset:2px}[aria-invalid=true]{border:2px solid var(--bad)!important}.why{color:var(--bad);font-size:14px;font-weight:600;margin:4px 0 0}.why:empty{display:none}[data-summary]{margin:0 0 12px}
details{border:solid var(--line);border-width:1px 0;margin:16px 0}summary{cursor:pointer;font-weight:600;padding:11px 0;color:var(--brand)}.consent{display:grid;grid-template-columns:21px 1fr;gap:11px;font-weight:400;font-size:15px;line-height:1.5;margin:16px 0;cursor:pointer}.consent input{width:20px;height:20px;margin:2px 0 0;accent-color:var(--brand)}
button,.button{display:block;width:100%;font:inherit;font-weight:700;border:0;border-radius:12px;background:var(--brand);color:var(--on);padding:14px 20px;cursor:pointer;text-align:center;text-decoration:none}button:hover,.button:hover{background:var(--hover)}button[disabled]{opacity:.6;cursor:progress}
.under{font-size:13px;text-align:center;margin:12px 0 0}.trap{position:absolute;left:-9999px;width:1px;height:1px;overflow:hidden}"|tojson }};

  function make(tag, attributes, children) {
    var element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (key) {
      var value = attributes[key];
      if (value === true) { element.setAttribute(key, ""); } else if (value !== false && value !== null && value !== undefined && value !== "") { element.setAttribute(key, value); }
    });
    (children || []).forEach(function (child) { element.append(child); });
    return element;
  }

  function control(field) {
    var shared = {id: "ripen-" + field.name, name: field.name, required: field.required, autocomplete: field.autocomplete, "aria-describedby": "ripen-" + field.name + "-why"};
    if (field.choices && field.choices.length) {
      return make("select", shared, [make("option", {}, [T.choose])].concat(field.choices.map(function (choice) {
        var option = make("option", {}, [choice.label[LOCALE]]);
        option.value = choice.value;
        return option;
      })));
    }
    shared.maxlength = field.max_length;
    shared.placeholder = field.placeholder && field.placeholder[LOCALE];
    if (field.type === "textarea") { return make("textarea", Object.assign(shared, {rows: 3})); }
    return make("input", Object.assign(shared, {type: field.type === "email" || field.type === "tel" ? field.type : "text"}));
  }

  function row(field) {
    var mark = field.required ? make("span", {"class": "must", "aria-hidden": "true"}, ["*"]) : make("span", {"class": "may"}, [T.optional]);
    var input = control(field);
    if (input.tagName === "SELECT") { input.options[0].value = ""; }
    return make("div", {"class": "field"}, [make("label", {"for": "ripen-" + field.name}, [field.label[LOCALE], " ", mark]), input, make("p", {"class": "why", id: "ripen-" + field.name + "-why"})]);
  }

  // The wording of a box follows the country that the person names.
  function rowOf(country) { return FORM.rows[country] || "default"; }
  function wording(consent, country) { return (consent.wordings[rowOf(country)] || consent.wordings["default"]).text[LOCALE]; }

  function follow(form) {
    var country = form.elements.country;
    if (!country) { return; }
    country.addEventListener("change", function () {
      FORM.consents.forEach(function (consent) {
        var box = form.elements[consent.name], said = box.parentNode.querySelector("span"), text = wording(consent, country.value);
        if (said.textContent !== text) { said.textContent = text; box.checked = false; }   // another text is another question
      });
    });
  }

  function draw() {
    var main = FORM.fields.filter(function (field) { return field.group !== "more"; });
    var more = FORM.fields.filter(function (field) { return field.group === "more"; });
    var trap = make("div", {"class": "trap", "aria-hidden": "true"}, [make("label", {"for": "ripen-trap"}, [T.trap]), make("input", {id: "ripen-trap", name: FORM.honeypot, type: "text", tabindex: "-1", autocomplete: "off"})]);
    var parts = [trap].concat(main.map(row));
    if (more.length) { parts.push(make("details", {}, [make("summary", {}, [WORDS.more])].concat(more.map(row)))); }
    FORM.consents.forEach(function (consent) {
      parts.push(make("label", {"class": "consent"}, [make("input", {type: "checkbox", name: consent.name, value: "on"}), make("span", {}, [wording(consent, "")])]));
    });
    parts.push(make("p", {"class": "why", role: "alert", "data-summary": true}), make("button", {type: "submit"}, [WORDS.submit]), make("p", {"class": "under"}, [T.privacy]));
    return make("form", {novalidate: true, lang: LOCALE === "zh" ? "zh-CN" : "en"}, parts);
  }

  function journeyOf(page) {
    var kept = {};
    new URLSearchParams(page.search).forEach(function (value, key) { if (/^(utm_[a-z]+|s)$/.test(key)) { kept[key] = value; } });
    try { var visitor = localStorage.getItem("ripen_visitor"); if (visitor) { kept.visitor = visitor; } } catch (refused) { /* storage is off: no visitor id */ }
    kept.referrer = document.referrer;
    return kept;
  }

  function body(form, token) {
    var sent = journeyOf(location);
    new FormData(form).forEach(function (value, key) { if (value !== "") { sent[key] = value; } });
    FORM.consents.forEach(function (consent) { sent[consent.name] = form.elements[consent.name].checked; });
    if (FORM.consents.length) { sent._consent_row = rowOf(sent.country || ""); }
    if (token) { sent._token = token; }
    return JSON.stringify(sent);
  }

  function showErrors(form, errors) {
    var first = null;
    FORM.fields.forEach(function (field) {
      var input = form.elements[field.name], message = errors[field.name] || "";
      input.setAttribute("aria-invalid", message ? "true" : "false");
      input.parentNode.querySelector(".why").textContent = message;
      var fold = message && input.closest("details");
      if (fold) { fold.open = true; }
      if (message && !first) { first = input; }
    });
    form.querySelector("[data-summary]").textContent = Object.keys(errors).length ? T.summary : "";
    if (first) { first.focus(); }
  }

  function thanks(card) {
    var parts = [make("h2", {tabindex: "-1"}, [WORDS.thanks_title]), make("p", {}, [WORDS.thanks_text])];
    if (FORM.asset) { parts.push(make("a", {"class": "button", href: address + "/" + FORM.asset + "?lang=" + LOCALE, target: "_blank", rel: "noopener"}, [WORDS.thanks_button])); }
    card.replaceChildren.apply(card, parts);
    parts[0].focus();
  }

  function token() {
    return fetch(address + "/token", {credentials: "omit", headers: {Accept: "application/json"}})
      .then(function (answer) { return answer.ok ? answer.json() : {}; })
      .then(function (data) { return data.token || ""; })
      .catch(function () { return ""; });   // the form may take posts without a token; the server decides
  }

  function attach(host) {
    if (host.shadowRoot) { return; }
    var form = draw(), card = make("div", {"class": "card"}, [make("h2", {}, [WORDS.title]), make("p", {}, [WORDS.note]), form]);
    var style = document.createElement("style"), button = form.querySelector("button"), signed = token();
    style.textContent = CSS;
    follow(form);
    host.attachShadow({mode: "open"}).append(style, card);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      button.disabled = true;
      button.textContent = T.sending;
      signed.then(function (value) {
        return fetch(address + "?lang=" + LOCALE, {method: "POST", credentials: "omit", headers: {"Content-Type": "application/json", Accept: "application/json"}, body: body(form, value)});
      }).then(function (answer) {
        if (answer.status === 202) { thanks(card); return null; }
        if (answer.status === 422) { return answer.json().then(function (data) { showErrors(form, data.errors || {}); }); }
        throw new Error("status " + answer.status);
      }).catch(function () {
        form.querySelector("[data-summary]").textContent = T.failed;
      }).then(function () {
        button.disabled = false;
        button.textContent = WORDS.submit;
      });
    });
  }

  function all() { document.querySelectorAll('[data-ripen-form="' + FORM.id + '"]').forEach(attach); }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", all); } else { all(); }
})();
