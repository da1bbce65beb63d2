// Everything works without this; it only spares the reloading while something is being done.
"use strict";

const watched = document.querySelector("[data-watch]");
if (watched) {
  const bar = watched.querySelector("progress");
  const doing = watched.querySelector(".doing");
  const stop = watched.querySelector("form");
  const counting = "counting" in watched.dataset; // then the answer itself waits a little
  const says = JSON.parse(watched.dataset.says);
  const look = async () => {
    try {
      const answer = await fetch(watched.dataset.watch, { headers: { accept: "application/json" } });
      const job = await answer.json();
      if (!answer.ok || job.state !== "running") {
        location.reload();
        return;
      }
      if (typeof job.done === "number") bar.value = job.done;
      if (job.what in says && doing.textContent !== says[job.what]) doing.textContent = says[job.what];
      if (stop) stop.hidden = !job.stoppable;
    } catch {
      // The server may be busy or gone: try again.
    }
    setTimeout(look, counting ? 50 : 500);
  };
  setTimeout(look, counting ? 0 : 300);
}

// Where one is stands in view, also in a row that is longer than the window.
for (const here of document.querySelectorAll("nav [aria-current=page]")) {
  const row = here.closest("nav");
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - row.clientWidth / 2;
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

// A form that sends a file takes a while: say so, and do not send it twice.
for (const form of document.querySelectorAll("form[method=post]:not([data-again])")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
