// The operators' pages; everything works without it.
"use strict";

// Letters press what bears them. Never while somebody types.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (/^[a-z]$/.test(event.key)) document.querySelector(`button[data-letter="${event.key}"]`)?.click();
});

// One box ticks all.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-ticks-all]")) return;
  for (const box of event.target.form.querySelectorAll("input[type=checkbox][name=no]")) box.checked = event.target.checked;
});
