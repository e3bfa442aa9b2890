// The guided tour of the demonstration: one step at a time, each on its page, pointing at its place. It stays closed once closed.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector("[data-tour-steps]");
  if (location.search === "?tour=again") { localStorage.clear(); history.replaceState(null, "", location.pathname); }
  if (!box || localStorage.getItem("tour") === "closed") { return; }
  const steps = [...box.querySelectorAll("li[data-at]")];
  const here = location.pathname + location.search;
  let number = Number(localStorage.getItem("tour-step") ?? 0);
  if ("visiting" in box.dataset && here !== steps[number]?.dataset.at) { return; }
  const show = () => {
    document.querySelectorAll(".pointed").forEach((place) => place.classList.remove("pointed"));
    steps.forEach((step, at) => { step.hidden = at !== number; });
    const place = document.querySelector(`main [data-tour="${steps[number].dataset.point}"]`);
    const isHere = here === steps[number].dataset.at;
    if (isHere) { place?.classList.add("pointed"); }
    if (isHere && "visiting" in box.dataset) { place?.scrollIntoView({ block: "start" }); }
    box.querySelector("[data-count]").textContent = `${number + 1} of ${steps.length}`;
    box.querySelector("[data-back]").disabled = number === 0;
    box.querySelector("[data-on]").textContent = isHere ? (number + 1 < steps.length ? "Next" : "Done") : "Take me there";
    localStorage.setItem("tour-step", String(number));
  };
  const close = () => { localStorage.setItem("tour", "closed"); box.hidden = true; document.querySelectorAll(".pointed").forEach((place) => place.classList.remove("pointed")); };
  const go = (to) => {
    number = to;
    localStorage.setItem("tour-step", String(number));
    if (here === steps[number].dataset.at) { show(); } else { location.assign(steps[number].dataset.by ?? steps[number].dataset.at); }
  };
  box.querySelector("[data-on]").addEventListener("click", () => {
    if (here !== steps[number].dataset.at) { go(number); } else if (number + 1 < steps.length) { go(number + 1); } else { close(); }
  });
  box.querySelector("[data-back]").addEventListener("click", () => go(Math.max(0, number - 1)));
  box.querySelector("[data-close]").addEventListener("click", close);
  box.hidden = false;
  show();
  if (document.querySelector('main [data-tour="map"]')) { // it turns while one looks
    setInterval(async () => {
      const fresh = new DOMParser().parseFromString(await (await fetch(location.href, { cache: "no-store" })).text(), "text/html");
      document.querySelector("main").replaceChildren(...fresh.querySelector("main").childNodes);
      document.querySelector('main [data-tour="map"]')?.classList.toggle("pointed", !box.hidden);
    }, 5000);
  }
});
