// The preview follows the files and the keyboard. Every page is whole without this file but
// for its pictures; here they are asked for at exactly the size they are shown at.
"use strict";

const KEYS = { b: "bleed", s: "safe", a: "address", f: "frames", o: "fold", z: "wide" };
const GAP = 24;
const root = document.documentElement;
const shown = new Set(JSON.parse(localStorage.getItem("overlays") || "[]"));
let latest = 0;

// --- the picture ---------------------------------------------------------------------------

// The width of a page in CSS pixels: as many spreads in a row as cost little size.
function pageWidth(stage, room) {
  const { ratio, spreads } = stage.dataset;
  const beside = room / stage.dataset.beside < 260 ? 1 : stage.dataset.beside;
  const tall = Math.max(innerHeight - 190, 420) * ratio;
  const width = (row) => Math.min((room - GAP * (row - 1)) / (row * beside), shown.has("wide") ? room : tall);
  let best = width(1);
  if (!shown.has("wide")) {
    for (let row = 2; row <= spreads; row++) {
      if (width(row) > 0.8 * width(1)) best = width(row);
    }
  }
  return Math.floor(best * devicePixelRatio) / devicePixelRatio;
}

function draw(main) {
  const stage = main.querySelector(".stage[data-ratio]");
  if (!stage) return [];
  const room = document.querySelector(".stage").clientWidth;
  const width = pageWidth(stage, room);
  const bleed = shown.has("bleed");
  const view = (bleed ? stage.dataset.bleed : stage.dataset.trim);
  const [, , across, down] = view.split(" ");
  stage.style.setProperty("--page", `${width}px`);
  // Letters over the picture stay 12 px high, whatever the picture is scaled to.
  stage.style.setProperty("--letter", `${(12 * across) / width}px`);
  stage.querySelectorAll("svg").forEach((svg) => svg.setAttribute("viewBox", view));
  return [...stage.querySelectorAll("img")].map((img) => {
    img.setAttribute("width", across);
    img.setAttribute("height", down);
    const pixels = Math.round(width * devicePixelRatio);
    const source = `${img.dataset.picture}&pixels=${pixels}&bleed=${bleed ? 1 : 0}`;
    if (img.getAttribute("src") !== source) img.setAttribute("src", source);
    return img;
  });
}

function showOverlays(main) {
  for (const kind of Object.values(KEYS)) root.classList.toggle(`show-${kind}`, shown.has(kind));
  main.querySelectorAll("[data-overlay]").forEach((box) => {
    box.checked = shown.has(box.dataset.overlay);
  });
}

function toggle(kind) {
  if (!shown.delete(kind)) shown.add(kind);
  localStorage.setItem("overlays", JSON.stringify([...shown]));
  const main = document.querySelector("main");
  showOverlays(main);
  draw(main);
}

// --- going from page to page ---------------------------------------------------------------

// Fetch a page and put it in place of this one once its pictures are there: nothing flickers.
async function go(address, remember) {
  const turn = ++latest;
  const response = await fetch(address).catch(() => null);
  if (!response) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.querySelector("main");
  if (!main || turn !== latest) return;
  const fresh = document.importNode(main, true);
  showOverlays(fresh);
  await Promise.all(draw(fresh).map((img) => img.decode().catch(() => null)));
  if (turn !== latest) return;
  if (remember) history[remember](null, "", response.url);
  put(page, fresh);
}

function put(page, fresh) {
  const list = document.querySelector(".people ol");
  const scrolled = list ? list.scrollTop : 0;
  const focused = document.activeElement;
  const again = focused && (focused.dataset.overlay ? `[data-overlay=${focused.dataset.overlay}]` :
    focused.closest(".people") ? "a[aria-current=true]" : null);
  document.title = page.title;
  for (const part of ["header", "footer"]) {
    document.querySelector(part).replaceWith(document.importNode(page.querySelector(part), true));
  }
  document.querySelector("main").replaceWith(fresh);
  draw(fresh);
  if (fresh.querySelector(".people ol")) fresh.querySelector(".people ol").scrollTop = scrolled;
  if (again) fresh.querySelector(again)?.focus({ preventScroll: true });
  keepInSight();
  tryEverybody();
}

// Scrolls the list alone, never the page under the reader's eyes.
function keepInSight() {
  const list = document.querySelector(".people ol");
  const current = list?.querySelector("[aria-current]");
  if (!current || list.scrollHeight <= list.clientHeight) return;
  const top = current.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  const below = top + current.offsetHeight - list.clientHeight;
  if (below > list.scrollTop) list.scrollTop = below;
}

async function tryEverybody() {
  const turn = latest;
  const people = document.querySelector(".people[data-people]");
  if (!people || !people.querySelector(".state.quiet")) return;
  const response = await fetch(people.dataset.people).catch(() => null);
  if (!response || !response.ok || turn !== latest) return;
  const text = await response.text();
  if (turn !== latest) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  const states = [...page.querySelectorAll(".state")];
  people.querySelectorAll(".state").forEach((state, number) => state.replaceWith(states[number]));
}

function step(by) {
  const links = [...document.querySelectorAll(".people a")];
  const now = links.findIndex((link) => link.hasAttribute("aria-current"));
  if (now < 0) return;
  go(links[(now + by + links.length) % links.length].href, "replaceState");
}

// --- what happens --------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const inList = document.activeElement?.closest(".people");
  const by = { ArrowRight: 1, ArrowLeft: -1, ...(inList ? { ArrowDown: 1, ArrowUp: -1 } : {}) }[event.key];
  if (by) {
    event.preventDefault();
    step(by);
    return;
  }
  const kind = KEYS[event.key.toLowerCase()];
  if (kind && document.querySelector(`[data-overlay=${kind}]`)) toggle(kind);
});

document.addEventListener("change", (event) => {
  if (event.target.dataset.overlay) toggle(event.target.dataset.overlay);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/layout/']");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.href, "pushState");
});

addEventListener("popstate", () => go(location.href));
addEventListener("resize", () => draw(document.querySelector("main")));

const events = new EventSource("/events");
let lost = false;
events.addEventListener("changed", () => go(location.href));
events.addEventListener("error", () => {
  lost = true;
  const live = document.querySelector("#live");
  live.textContent = "The preview has stopped. Start it again and open its new address.";
  live.className = "lost";
});
events.addEventListener("open", () => {
  if (lost) go(location.href);
  lost = false;
});

showOverlays(document);
draw(document.querySelector("main"));
keepInSight();
tryEverybody();
