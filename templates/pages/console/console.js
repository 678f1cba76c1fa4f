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
