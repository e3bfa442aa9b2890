// Puts the text of a chosen file into a field of the form; without this script it is pasted.
"use strict";
for (const chooser of document.querySelectorAll("input[type=file][data-into]")) {
  const field = document.getElementById(chooser.dataset.into);
  chooser.closest("[data-takes-file]").hidden = false;
  chooser.addEventListener("change", async () => {
    if (chooser.files.length) { field.value = await chooser.files[0].text(); field.focus(); }
  });
}
