// The queue by keyboard: j and k go on and back, Enter opens, 1 to 9 choose an outcome, r goes to the reason, ? tells the keys.
"use strict";
document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
  if (event.ctrlKey || event.metaKey || event.altKey) { return; }
  if (writes) { if (event.key === "Escape") { event.target.blur(); } return; }
  const rows = [...document.querySelectorAll("[data-row] a[data-opens]")];
  const here = rows.indexOf(document.activeElement);
  const choices = document.querySelectorAll("[data-choices] input[type=radio]");
  const go = { j: () => rows[Math.min(here + 1, rows.length - 1)], k: () => rows[Math.max(here - 1, 0)],
    r: () => document.querySelector("[data-reason]"), "?": () => document.querySelector("[data-keys] summary"),
    g: () => document.querySelector("[data-next]") }[event.key];
  const place = go?.();
  const choice = /^[1-9]$/.test(event.key) && choices[Number(event.key) - 1];
  if (choice) { choice.checked = true; choice.focus(); event.preventDefault(); }
  if (place) { place.focus(); place.scrollIntoView({ block: "nearest" }); event.preventDefault(); }
  if (event.key === "?" && place) { place.parentElement.open = !place.parentElement.open; }
});
document.addEventListener("focusin", (event) => {
  document.querySelectorAll("tr.here").forEach((row) => row.classList.remove("here"));
  event.target.closest("[data-row]")?.classList.add("here");
});
