// Copies what stands in a field; the button is there only where a script runs.
"use strict";
for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) { continue; }
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value);
    button.textContent += " ✓";
  }, { once: true });
}
