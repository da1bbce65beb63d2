// The builder works without this: every button posts the form and the page comes again. This puts the answer in its place,
// keeps the hand where it was, loads what stands beside the rule, and offers words while a rule is written.
"use strict";

(() => {
  const root = document.querySelector("[data-builder]");
  if (!root) return;
  document.documentElement.classList.add("scripted");
  const editor = document.getElementById("editor");
  const form = () => document.getElementById("rule");
  let flying = null, queue = [], pending = null, timer = 0, saving = null, asking = new AbortController();
  const facts = new Map();

  // --- edits: one post at a time; what is filled in meanwhile is kept and sent after it.
  const shown = () => new Map([...form().elements].filter((one) => one.name && one.name !== "do").map((one) => [one.name, one.value]));

  // What leaves every card where it is, and what is about no card: only after the one, or as the other, can an action wait its turn.
  const keeps = (action) => /^($|turn:|menu:|add:|pick:|drop:)/.test(action);
  const anywhere = (action) => ["", "undo", "redo", "text"].includes(action);

  const soon = (action, after) => {
    if (pending) settle(); // a choice that was just made is not forgotten for the next
    clearTimeout(timer);
    pending = action;
    timer = setTimeout(settle, after);
  };
  const settle = () => {
    clearTimeout(timer);
    const action = pending;
    pending = null;
    if (action !== null) send(action);
  };
  const send = (action) => {
    settle();
    if (flying === null) post(action);
    else if (anywhere(action) || [flying, ...queue].every(keeps)) queue.push(action);
  };

  const post = async (action) => {
    flying = action;
    asking.abort();
    for (const panel of root.querySelectorAll("[data-panel]")) panel.setAttribute("aria-busy", "true");
    const body = new URLSearchParams(new FormData(form()));
    body.set("do", action);
    const before = shown();
    try {
      const answer = await fetch(form().action, { method: "POST", body, headers: { "x-fragment": "1" } });
      if (!answer.ok) throw new Error(String(answer.status));
      swap(await answer.text(), before, action);
    } catch {
      location.reload();
      return;
    }
    flying = null;
    if (queue.length) post(queue.shift());
    else if (saving) saving.requestSubmit();
    else load();
  };

  const swap = (html, before, action) => {
    const held = document.activeElement;
    const id = held && editor.contains(held) ? held.id : "";
    const selection = held && held.selectionStart !== undefined && held.type !== "date" ? [held.selectionStart, held.selectionEnd] : null;
    const meanwhile = [...shown()].filter(([name, value]) => before.has(name) && before.get(name) !== value && name !== "revision");
    const open = [...editor.querySelectorAll("details.facts[open]")].map((one) => one.closest("[data-place]").id);
    const textOpen = editor.querySelector("details.as-text")?.open;
    const typed = unread() && action !== "text" ? document.getElementById("text").value : null;
    const y = scrollY;
    editor.innerHTML = html;
    for (const [name, value] of meanwhile) {
      const control = form().elements[name];
      if (control) control.value = value;
    }
    if (meanwhile.some(([name]) => name !== "text") && !queue.includes("")) queue.push("");
    if (typed !== null && document.getElementById("text")) document.getElementById("text").value = typed;
    for (const place of open) {
      const again = document.getElementById(place)?.querySelector(":scope > details.facts");
      if (again) again.open = true;
    }
    if (textOpen) editor.querySelector("details.as-text").open = true;
    scrollTo(0, y);
    const at = form().dataset.at;
    const item = at ? document.getElementById(`i-${at}`) : null;
    if (item && (action.startsWith("menu:") || action.startsWith("add:"))) {
      (item.querySelector(".blanks > .blank ~ .blank select, .blanks > .blank ~ .blank input, .group-head select") || item).focus();
    } else if (item && !action.startsWith("turn:")) item.focus();
    else if (id && document.getElementById(id)) {
      // Undo that has undone all cannot have the keyboard's focus any more; redo, beside it, can.
      const same = document.getElementById(id).disabled ? form().querySelector(".rule-acts button:enabled:not(.no-script)") : document.getElementById(id);
      same?.focus({ preventScroll: true });
      if (selection && same?.setSelectionRange && same.type !== "date") {
        try { same.setSelectionRange(...selection); } catch { /* not every control has a selection */ }
      }
    } else if (id) form().querySelector(".outermost > .add .menu").focus({ preventScroll: true });
  };

  // Text that was typed and not read yet.
  const unread = () => {
    const area = document.getElementById("text");
    return Boolean(area) && area.value !== area.defaultValue;
  };

  // What is saved is the draft as it is shown: not before every edit has arrived.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".save-form")) return;
    if (flying === null && pending === null && !(unread() && !saving)) {
      event.target.elements.revision.value = form().dataset.revision;
      saving = null;
      return;
    }
    event.preventDefault();
    delete event.target.dataset.sent;
    for (const button of event.target.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    saving = event.target;
    if (unread()) send("text");
    else settle();
  });

  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    delete event.target.dataset.sent;
    for (const button of event.target.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    const action = event.submitter ? event.submitter.value : "";
    if (action.startsWith("menu:") && !form().elements[action]?.value) {
      form().elements[action].focus();
      return;
    }
    send(action);
  });

  // A choice made with the arrow keys is still being made: wait a moment.
  editor.addEventListener("change", (event) => {
    const control = event.target;
    if (control.classList.contains("menu") || control.id === "text") return;
    soon(control.dataset.do ? `${control.dataset.do}:${control.value}` : "", control.tagName === "SELECT" ? 250 : 0);
  });

  // --- the keyboard
  const ways = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in", Delete: "remove" };
  editor.addEventListener("keydown", (event) => {
    if (event.altKey && !event.ctrlKey && ways[event.key]) {
      const item = event.target.closest("[data-item]");
      if (!item) return;
      event.preventDefault();
      send(`${ways[event.key]}:${item.dataset.place}`);
    } else if (event.key === "Enter" && event.target.classList.contains("menu") && event.target.value) {
      event.preventDefault();
      send(event.target.name);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.matches("input, textarea")) return;
    event.preventDefault();
    send(event.shiftKey ? "redo" : "undo");
  });

  // --- what stands beside: the count first, the rest after one another
  const load = async () => {
    asking = new AbortController();
    const signal = asking.signal;
    for (const panel of root.querySelectorAll("[data-panel]")) {
      panel.setAttribute("aria-busy", "true");
      if (!panel.querySelector("h2")) panel.textContent = root.dataset.busy;
      const chosen = new URLSearchParams(panel.querySelector("form[data-choose]") ? new FormData(panel.querySelector("form[data-choose]")) : []);
      chosen.delete("show");
      chosen.set("revision", form().dataset.revision);
      try {
        const answer = await fetch(`${form().action}/panel/${panel.dataset.panel}?${chosen}`, { signal });
        if (answer.status === 204) return;
        if (!answer.ok) throw new Error(String(answer.status));
        panel.innerHTML = await answer.text();
      } catch {
        if (signal.aborted) return;
        panel.textContent = root.dataset.failed;
      }
      panel.removeAttribute("aria-busy");
      if (panel.dataset.panel === "funnel") {
        for (const row of panel.querySelectorAll("[data-part]")) {
          const slot = editor.querySelector(`[data-alone="${row.dataset.part}"]`);
          if (slot) slot.textContent = row.dataset.count;
        }
      }
    }
  };
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-choose]")) return;
    event.preventDefault();
    asking.abort();
    load();
  });

  // --- the values of a field, when they are asked for
  const look = async (details) => {
    const address = details.dataset.facts;
    if (!facts.has(address)) {
      const answer = await fetch(address, { headers: { "x-fragment": "1" } });
      facts.set(address, answer.ok ? await answer.text() : root.dataset.failed);
    }
    return facts.get(address);
  };
  editor.addEventListener("toggle", async (event) => {
    if (!event.target.matches("details.facts") || !event.target.open) return;
    const details = event.target;
    details.querySelector(".facts-in").innerHTML = await look(details);
  }, true);
  editor.addEventListener("focusin", async (event) => {
    const input = event.target;
    if (!input.matches("input[type=text]") || input.list) return;
    const details = input.closest("[data-place]")?.querySelector(":scope > details.facts");
    if (!details) return;
    const list = document.createElement("datalist");
    list.id = `l-${input.id}`;
    const holder = document.createElement("div");
    holder.innerHTML = await look(details);
    for (const value of holder.querySelectorAll(".value span")) list.append(new Option(value.textContent, value.textContent));
    if (!input.isConnected || !list.children.length) return;
    input.after(list);
    input.setAttribute("list", list.id);
  });

  // --- words while a rule is written
  let offering = 0, chosen = -1, place = null;
  const offers = () => document.getElementById("offers");
  const hide = () => {
    if (!offers()) return;
    offers().hidden = true;
    chosen = -1;
    const text = document.getElementById("text");
    text.removeAttribute("aria-activedescendant");
  };
  const mark = (n) => {
    const items = [...offers().children];
    chosen = (n + items.length) % items.length;
    items.forEach((one, k) => one.setAttribute("aria-selected", String(k === chosen)));
    items[chosen].scrollIntoView({ block: "nearest" });
    document.getElementById("text").setAttribute("aria-activedescendant", items[chosen].id);
  };
  const take = (n) => {
    const text = document.getElementById("text"), word = offers().children[n].dataset.text;
    text.setRangeText(word, place.from, place.to, "end");
    hide();
    text.focus();
  };
  editor.addEventListener("input", (event) => {
    if (event.target.id !== "text") return;
    clearTimeout(offering);
    offering = setTimeout(async () => {
      const text = event.target;
      const query = new URLSearchParams({ text: text.value.slice(0, text.selectionStart), at: String(text.selectionStart) });
      const answer = await fetch(`${form().action}/complete?${query}`);
      if (!answer.ok || !text.isConnected) return;
      place = await answer.json();
      offers().replaceChildren(...place.options.map((option, n) => {
        const item = document.createElement("li");
        item.id = `offer-${n}`;
        item.role = "option";
        item.dataset.text = option.text;
        item.setAttribute("aria-selected", "false");
        item.append(option.text);
        const kind = document.createElement("small");
        kind.textContent = option.label;
        item.append(kind);
        return item;
      }));
      offers().hidden = !place.options.length;
      chosen = -1;
    }, 150);
  });
  editor.addEventListener("keydown", (event) => {
    if (event.target.id !== "text") return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send("text");
      return;
    }
    if (offers().hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? chosen + 1 : chosen < 0 ? -1 : chosen - 1);
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Escape") {
      event.preventDefault();
      hide();
    }
  });
  editor.addEventListener("mousedown", (event) => {
    const item = event.target.closest("#offers li");
    if (!item) return;
    event.preventDefault();
    take([...offers().children].indexOf(item));
  });
  editor.addEventListener("focusout", (event) => {
    if (event.target.id === "text") hide();
  });

  // --- an id from the title, until one is written
  const title = document.getElementById("save-title"), id = document.getElementById("save-id");
  if (title && id) {
    const slug = (text) => text.toLowerCase().normalize("NFD").replace(/[^a-z0-9]+/g, (found) => (/[\u0300-\u036f]/.test(found) && found.length === 1 ? "" : "-")).replace(/^[^a-z]+|-+$/g, "");
    let own = Boolean(id.value);
    id.addEventListener("input", () => { own = Boolean(id.value); });
    title.addEventListener("input", () => { if (!own) id.value = slug(title.value); });
    if (!own) id.value = slug(title.value);
  }

  load();
})();
