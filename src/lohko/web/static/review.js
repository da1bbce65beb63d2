// Keys for the pair that is marked; its buttons do the same. They hear only inside a pair, so nothing else on the page is disturbed.
"use strict";

const pairs = [...document.querySelectorAll("[data-pair]")];
for (const pair of pairs) {
  pair.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const button = pair.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!button) return;
    event.preventDefault();
    button.form.requestSubmit(button);
  });
}
if (pairs.length && !location.hash) pairs[0].focus({ preventScroll: true });
