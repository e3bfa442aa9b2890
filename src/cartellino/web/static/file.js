// Puts the text of a chosen file into a field of the form, where it can be looked at and changed; without this script the file itself is sent.
"use strict";
for (const chooser of document.querySelectorAll("input[type=file][data-into]")) {
  const field = document.getElementById(chooser.dataset.into);
  chooser.addEventListener("change", async () => {
    if (!chooser.files.length) { return; }
    field.value = await chooser.files[0].text();
    chooser.removeAttribute("name");
    field.focus();
  });
}
