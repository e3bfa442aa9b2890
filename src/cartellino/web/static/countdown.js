// Counts down what is left, in the reader's language; without this script the page says it as of when it was made.
"use strict";
for (const place of document.querySelectorAll("time[data-left]")) {
  const end = Date.now() + Number(place.dataset.left); // by the server's clock: the reader's may be wrong
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const tell = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const [unit, size] = units.find(([, length]) => left >= 2 * length) || units[3];
    const format = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" });
    place.textContent = format.format(Math.floor(left / size));
    if (left === 0) { clearInterval(timer); }
  };
  place.parentElement.hidden = false;
  const timer = setInterval(tell, 1000);
  tell();
}
