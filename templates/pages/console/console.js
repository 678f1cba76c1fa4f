// On a phone the menu scrolls: the page one is on is in sight.
document.querySelector(".nav [aria-current]")?.scrollIntoView({inline: "center", block: "nearest"});

// Times are shown in the reader's own zone; without this script they stand in UTC.
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!isNaN(moment)) {
    const now = new Date(), options = {month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23"};
    if (moment.getFullYear() !== now.getFullYear()) options.year = "numeric";
    time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, options).format(moment);
  }
}

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

// A large file is packed before it is sent: the gateway takes only so much. Without this script the server says so.
for (const field of document.querySelectorAll("input[type=file][data-pack-over]")) {
  field.form.addEventListener("submit", async event => {
    const file = field.files[0];
    if (!file || file.size <= Number(field.dataset.packOver) || file.name.endsWith(".gz") || !window.CompressionStream) return;
    event.preventDefault();
    const packed = await new Response(file.stream().pipeThrough(new CompressionStream("gzip"))).blob();
    const files = new DataTransfer();
    files.items.add(new File([packed], `${file.name}.gz`, {type: "application/gzip"}));
    field.files = files.files;
    field.form.submit();
  });
}
