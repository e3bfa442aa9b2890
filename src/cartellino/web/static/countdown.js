// Counts down what is left, to the second; without this script the page says it as of when it was made.
"use strict";
for (const place of document.querySelectorAll("time[data-left]")) {
  const speed = Number(place.dataset.speed); // 1, but for a demonstration
  const end = Date.now() + Number(place.dataset.left) / speed; // by the server's clock: the reader's may be wrong
  const days = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" });
  const two = (number) => String(number).padStart(2, "0");
  const tell = () => {
    const left = Math.max(0, Math.ceil(((end - Date.now()) * speed) / 1000));
    const whole = Math.floor(left / 86400);
    const clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(two).join(":");
    place.textContent = whole ? `${days.format(whole)} ${clock}` : clock;
    if (left === 0) { clearInterval(timer); }
  };
  place.parentElement.hidden = false;
  const timer = setInterval(tell, 1000 / Math.min(speed, 20));
  tell();
}
