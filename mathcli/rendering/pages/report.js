"use strict";
// Solutions are kept compressed, many together, and unpacked when one of them is opened.
const list = document.querySelector(".problems");
const unpacked = new Map();

function unpack(store) {
  if (!unpacked.has(store)) {
    const text = document.getElementById(store).textContent;
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    unpacked.set(store, new Response(stream).json());
  }
  return unpacked.get(store);
}

async function show(details) {
  const body = details.querySelector(".body");
  if (!details.open || body.childElementCount) return;
  body.setAttribute("aria-busy", "true");
  try {
    body.innerHTML = (await unpack(details.dataset.store))[details.dataset.place];
  } catch {
    body.textContent = "This browser is too old to unpack solutions; they are in the results file.";
  }
  body.removeAttribute("aria-busy");
}

list.addEventListener("toggle", (event) => {
  if (event.target.dataset.store) show(event.target);
}, true);

const search = document.getElementById("search");
const selects = ["verdict", "subject", "level"].map((name) => document.getElementById(name)).filter(Boolean);

function filter() {
  const words = search.value.trim().toLowerCase();
  let shown = 0;
  for (const item of list.children) {
    const fits = selects.every((one) => !one.value || item.dataset[one.id] === one.value)
      && (!words || item.querySelector("summary").textContent.toLowerCase().includes(words));
    item.hidden = !fits;
    shown += fits;
  }
  document.getElementById("shown").textContent = `${shown} of ${list.children.length} problems`;
}

for (const control of [search, ...selects]) control.addEventListener("input", filter);
filter();

function follow() {
  const item = location.hash && document.getElementById(location.hash.slice(1));
  const details = item && item.querySelector("details");
  if (details) details.open = true;
}

addEventListener("hashchange", follow);
follow();
