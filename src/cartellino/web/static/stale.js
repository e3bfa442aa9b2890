// Says so when the service does not answer any more: what the page shows is old then, and nothing of it is called healthy.
"use strict";
(() => {
  const OLD = 10000; // ms without an answer, where the page asks every few seconds
  let heard = Date.now();
  let failed = false;
  const banner = document.getElementById("stale");
  const lives = document.querySelector("[data-lives]");
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" });
  const tell = () => {
    const stale = failed || (lives !== null && Date.now() - heard > OLD);
    if (stale === !banner.hidden) { return; }
    document.body.classList.toggle("stale", stale);
    banner.hidden = !stale;
    banner.textContent = stale ? `The service has not answered since ${clock.format(heard)}. What this page shows is from then.` : "";
    if (stale) { document.querySelectorAll("[data-state]").forEach((place) => { place.textContent = "Unknown"; }); }
  };
  const listen = (event) => {
    failed = event.detail.xhr.status === 0;
    if (!failed) { heard = Date.now(); }
    tell();
  };
  document.addEventListener("htmx:afterRequest", listen);
  if (lives !== null) { setInterval(tell, 1000); }
})();
