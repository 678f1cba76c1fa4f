/* Page views for Ripen. Served by GET /t/ripen.js; a Jinja template without variables.
   Use:  <script src="https://…/t/ripen.js" defer></script>
   With  data-consent="wait"  nothing is stored or sent until the page calls  ripen.start()  (after the visitor agreed).
   Respects Do Not Track and Global Privacy Control: then there is no visitor id, and nothing is sent. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script) { return; }
  var root = script.src.replace(/\/t\/ripen\.js.*$/, "");
  var KEY = "ripen_visitor";

  function objects() {
    var dnt = navigator.doNotTrack || window.doNotTrack;
    return dnt === "1" || dnt === "yes" || navigator.globalPrivacyControl === true;
  }

  function fresh() {
    if (window.crypto && crypto.randomUUID) { return crypto.randomUUID(); }
    var bytes = crypto.getRandomValues(new Uint8Array(16)), id = "";
    for (var i = 0; i < bytes.length; i++) { id += ("0" + bytes[i].toString(16)).slice(-2); }
    return id;
  }

  function visitor() {
    try {
      var known = localStorage.getItem(KEY);
      if (!known) { known = fresh(); localStorage.setItem(KEY, known); }
      return known;
    } catch (refused) { return ""; }   // storage is switched off: the visit stays anonymous
  }

  function send(id) {
    var body = JSON.stringify({url: location.href, referrer: document.referrer, visitor: id});
    var beacon = navigator.sendBeacon && navigator.sendBeacon(root + "/t/v", new Blob([body], {type: "text/plain"}));
    if (!beacon) {
      fetch(root + "/t/v", {method: "POST", body: body, headers: {"Content-Type": "text/plain"}, keepalive: true, credentials: "omit"})
        .catch(function () { return null; });   // a lost page view must never disturb the page
    }
  }

  var started = false;
  function start() {
    if (started || objects()) { return; }
    started = true;
    var id = visitor();
    var fields = document.querySelectorAll("input[data-ripen-visitor]");
    for (var i = 0; i < fields.length; i++) { if (!fields[i].value) { fields[i].value = id; } }
    send(id);
  }

  window.ripen = {start: start};
  if (script.getAttribute("data-consent") !== "wait") { start(); }
})();
