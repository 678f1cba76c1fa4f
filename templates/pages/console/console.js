// On a phone the menu scrolls: the page one is on is in sight.
document.querySelector(".nav [aria-current]")?.scrollIntoView({inline: "center", block: "nearest"});

// Times are shown in the reader's own zone; without this script they stand in UTC.
const localTimes = root => {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (!isNaN(moment)) {
      const now = new Date(), options = {month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23"};
      if (moment.getFullYear() !== now.getFullYear()) options.year = "numeric";
      time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, options).format(moment);
    }
  }
};
localTimes(document);

// The builder of segments: only what fits the chosen field is offered. Without this script everything is, and the server says what does not fit.
for (const line of document.querySelectorAll(".line-of")) {
  const [field, op, value, detail, within] = ["field", "op", "value", "detail", "within"].map(name => line.querySelector(`[data-${name}]`));
  const fit = () => {
    const chosen = field.selectedOptions[0], allowed = (chosen.dataset.ops || "").split(" "), deed = Boolean(chosen.dataset.deed);
    for (const option of op.options) option.hidden = option.disabled = Boolean(chosen.value) && !allowed.includes(option.value);
    if (op.selectedOptions[0]?.disabled || op.selectedIndex < 0) op.value = allowed[0];
    value.hidden = ["exists", "missing", "never"].includes(op.value);
    detail.hidden = !deed || !chosen.dataset.hint;
    within.hidden = !deed;
    detail.placeholder = chosen.dataset.hint || detail.placeholder;
    value.setAttribute("list", deed ? "" : `list-${chosen.value}`);
    detail.setAttribute("list", deed ? `list-${chosen.value}` : "");
  };
  field.addEventListener("change", fit);
  op.addEventListener("change", fit);
  fit();
}

// A large file is packed before it is sent, and what is too large even so is not sent: the gateway takes only so much.
// Without this script the server says so.
for (const field of document.querySelectorAll("input[type=file][data-pack-over]")) {
  const button = field.form.querySelector("button"), why = document.getElementById(field.getAttribute("aria-describedby"));
  field.form.addEventListener("submit", async event => {
    event.preventDefault();
    let file = field.files[0];
    button.disabled = true;
    if (file.size > Number(field.dataset.packOver) && !file.name.endsWith(".gz") && window.CompressionStream) {
      const packed = await new Response(file.stream().pipeThrough(new CompressionStream("gzip"))).blob();
      const files = new DataTransfer();
      file = new File([packed], `${file.name}.gz`, {type: "application/gzip"});
      files.items.add(file);
      if (file.size <= Number(field.dataset.most)) field.files = files.files;
    }
    const fits = file.size <= Number(field.dataset.most);
    why.hidden = fits;
    button.disabled = !fits;
    if (!fits) return;
    [button.textContent, button.disabled] = [button.dataset.busy, true];
    field.form.submit();
  });
  window.addEventListener("pageshow", event => event.persisted && location.reload());
  field.addEventListener("change", () => { why.hidden = true; button.disabled = false; });
}

// What runs in the background shows how far it is, as often as the page asks, less often while nothing changes, not at all behind
// other tabs; when it is done the page is loaded anew.
const live = document.querySelector("[data-live]");
if (live) {
  const first = Number(live.dataset.live) * 1000;
  let pause = first, timer;
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href, {headers: {Accept: "text/html"}}).catch(() => null);
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page ? page.querySelectorAll("[data-fresh]") : [];
    if (page && !page.querySelector("[data-live]")) return location.reload();
    let moved = false;
    document.querySelectorAll("[data-fresh]").forEach(old => {
      const now = [...found].find(each => each.dataset.fresh === old.dataset.fresh);
      if (!now || old.contains(document.activeElement)) return;
      localTimes(now);
      if (now.innerHTML === old.innerHTML) return;
      old.innerHTML = now.innerHTML;
      // How long it may still take is told anew each time.
      moved ||= old.dataset.fresh !== "far";
    });
    pause = moved ? first : Math.min(pause * 1.3, 20000);
    timer = setTimeout(look, pause);
  };
  document.addEventListener("visibilitychange", () => { clearTimeout(timer); if (!document.hidden) { pause = first; look(); } });
  timer = setTimeout(look, pause);
}
