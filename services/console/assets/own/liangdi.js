// The few things that a page does by itself; everything works without it.
"use strict";

// Digits press what bears them; arrows go through a list's rows. Never while somebody types.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (/^[1-9]$/.test(event.key)) {
    document.querySelector(`[data-key="${event.key}"]`)?.click();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...document.querySelectorAll("a.row")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  const next = event.key === "ArrowDown" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0);
  rows[next].focus();
  event.preventDefault();
});

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
