/* Page views for Ripen. Served by GET /t/ripen.js; a Jinja template without variables.
   Use:  <script src="https://…/t/ripen.js" defer></script>
   data-consent="wait"  nothing is stored or sent until the page calls ripen.consent(true), after the visitor agreed;
                        ripen.consent(false) forgets what was stored.
   data-consent="ask"   the same, and an element with data-ripen-ask on the page is shown to ask: its buttons have
                        data-ripen-consent="yes" or "no", and the answer is remembered.
   Respects Do Not Track and Global Privacy Control: then nothing is stored or sent. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script) { return; }
  var root = script.src.replace(/\/t\/ripen\.js.*$/, ""), mode = script.getAttribute("data-consent");
  var KEY = "ripen_visitor", ANSWER = "ripen_consent", FLUSH = 5000, MOST = 20;
  var queue = [], seen = "", timer = 0, id = "", started = false, listening = false;

  function objects() {
    var dnt = navigator.doNotTrack || window.doNotTrack;
    return dnt === "1" || dnt === "yes" || navigator.globalPrivacyControl === true;
  }

  function fresh() {
    if (window.crypto && crypto.randomUUID) { return crypto.randomUUID(); }
    var bytes = crypto.getRandomValues(new Uint8Array(16)), made = "";
    for (var i = 0; i < bytes.length; i++) { made += ("0" + bytes[i].toString(16)).slice(-2); }
    return made;
  }

  // Storage may be switched off: then the visit stays anonymous, and nothing else fails.
  function kept(name) { try { return localStorage.getItem(name) || ""; } catch (refused) { return ""; } }
  function keep(name, value) { try { localStorage.setItem(name, value); return value; } catch (refused) { return ""; } }
  function forget(name) { try { localStorage.removeItem(name); } catch (refused) { return; } }

  // On Ripen's own pages the id is a cookie too, so that a code that is scanned later is known to be this visitor's.
  function cookie(value, age) {
    var own = root.indexOf(location.origin + "/") === 0 || root === location.origin;
    if (!own) { return; }
    document.cookie = KEY + "=" + value + "; path=" + (root.slice(location.origin.length) || "") + "/; max-age=" + age + "; SameSite=Lax" + (location.protocol === "https:" ? "; Secure" : "");
  }

  function post(views) {
    var body = JSON.stringify({visitor: id, views: views}), to = root + "/t/v";
    if (navigator.sendBeacon && navigator.sendBeacon(to, new Blob([body], {type: "text/plain"}))) { return; }
    fetch(to, {method: "POST", body: body, headers: {"Content-Type": "text/plain"}, keepalive: true, credentials: "omit"})
      .catch(function () { return null; });   // a lost page view must never disturb the page
  }

  function flush() {
    clearTimeout(timer);
    timer = 0;
    if (queue.length) { post(queue.splice(0, MOST)); }
  }

  function view(referrer) {
    var url = location.origin + location.pathname + location.search;
    if (!started || url === seen) { return; }
    seen = url;
    queue.push({url: url, referrer: referrer});
    if (queue.length >= MOST) { flush(); } else if (!timer) { timer = setTimeout(flush, FLUSH); }
  }

  // Pages that change without loading: what they show next are views too, sent together.
  function listen() {
    if (listening) { return; }
    listening = true;
    ["pushState", "replaceState"].forEach(function (name) {
      var original = history[name];
      history[name] = function () {
        var before = location.href, answer = original.apply(this, arguments);
        view(before);
        return answer;
      };
    });
    addEventListener("popstate", function () { view(""); });
    addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") { flush(); } });
  }

  function start() {
    if (started || objects()) { return; }
    started = true;
    id = kept(KEY) || keep(KEY, fresh());
    if (!id) { started = false; return; }
    cookie(id, 31536000);
    document.querySelectorAll("input[data-ripen-visitor]").forEach(function (field) { if (!field.value) { field.value = id; } });
    listen();
    view(document.referrer);
    flush();   // the first view at once: who leaves at once was here too
  }

  function consent(given) {
    keep(ANSWER, given ? "yes" : "no");
    document.querySelectorAll("[data-ripen-ask]").forEach(function (asking) { asking.hidden = true; });
    if (given) { start(); return; }
    started = false;
    queue = [];
    seen = "";
    forget(KEY);
    cookie("", 0);
    document.querySelectorAll("input[data-ripen-visitor]").forEach(function (field) { if (field.value === id) { field.value = ""; } });
  }

  function ask() {
    var answer = kept(ANSWER);
    if (answer === "yes") { start(); return; }
    if (answer === "no" || objects()) { return; }
    document.querySelectorAll("[data-ripen-ask]").forEach(function (asking) {
      asking.hidden = false;
      asking.querySelectorAll("[data-ripen-consent]").forEach(function (button) {
        button.addEventListener("click", function () { consent(button.getAttribute("data-ripen-consent") === "yes"); });
      });
    });
  }

  window.ripen = {start: start, consent: consent};
  if (mode === "ask") { ask(); } else if (mode !== "wait") { start(); }
})();
