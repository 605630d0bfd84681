"use strict";
// The page around the timelines: theme, shortcuts, links between findings and pictures, sorting.

const SHORTCUTS = [
  ["wheel, + and -", "zoom in and out"],
  ["drag", "zoom to what is selected"],
  ["Shift + drag, Shift + wheel", "move in time"],
  ["← and →", "move in time, with Shift further"],
  ["↑ and ↓", "scroll the lanes"],
  ["Home and End", "to the start, to the end"],
  ["0, double click", "show the whole trace"],
  [". and ,", "next and previous call, with its details"],
  ["click", "pin details; on a finding's flag, go to the finding"],
  ["Esc", "let go of what is pinned or chosen"],
  ["t", "table of what is in view"],
  ["/", "search"],
  ["n and p", "next and previous finding in the timeline"],
  ["d", "light, dark or as the system says"],
  ["?", "this list"],
];

const timelines = new Map();

// --- Theme -----------------------------------------------------------------------------------

const THEMES = ["system", "light", "dark"];

function setTheme(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
  const named = document.getElementById("theme");
  named.textContent = `Theme: ${theme}`;
  named.setAttribute("aria-label", `Colours: ${theme}. Change them`);
  for (const timeline of timelines.values()) timeline.recolor();
}

function nextTheme() {
  const now = document.documentElement.dataset.theme ?? "system";
  setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
}

// --- Shortcuts --------------------------------------------------------------------------------

function makeHelp() {
  const dialog = element("dialog", "help");
  dialog.setAttribute("aria-label", "Keyboard shortcuts");
  const list = element("dl");
  for (const [keys, what] of SHORTCUTS) {
    list.append(element("dt", "", keys), element("dd", "", what));
  }
  dialog.append(element("h2", "", "Shortcuts"),
    element("p", "note", "Arrows, Home, End and Esc work once a timeline has the focus: click it, or go there by Tab."), list,
    button("Close", () => dialog.close()));
  document.body.append(dialog);
  return dialog;
}

/** The timeline that keys are for: the one with the focus, else the one in sight, else the first. */
function currentTimeline() {
  const all = [...timelines.values()];
  return all.find((one) => one.root.contains(document.activeElement)) ?? all.find((one) => {
    const box = one.root.getBoundingClientRect();
    return box.top < window.innerHeight && box.bottom > 0;
  }) ?? all[0];
}

function pageKey(event, help) {
  if (event.target.closest("input, select, textarea, dialog")) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const view = currentTimeline();
  const actions = {
    "?": () => help.showModal(),
    d: nextTheme,
    t: () => view?.toggleTable(),
    "/": () => view?.root.querySelector(".find").focus(),
    n: () => view && stepFinding(view, 1),
    p: () => view && stepFinding(view, -1),
  };
  // Keys that mean nothing to the page reach the timeline without its having the focus.
  for (const key of ["+", "=", "-", "0", ".", ","]) actions[key] = () => view?.gestures.act(key);
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function stepFinding(view, by) {
  const { findings } = view.shown;
  if (findings.length === 0) return;
  const now = findings.indexOf(view.finding);
  const next = now < 0 ? 0 : (now + by + findings.length) % findings.length;
  view.showFinding(findings[next]);
  view.root.scrollIntoView({ block: "nearest" });
}

// --- Timelines and findings --------------------------------------------------------------------

/** Makes the timeline of a place that is about to be seen; the data is read only then. */
function makeTimeline(root) {
  const source = root.dataset.source;
  if (timelines.has(source)) return timelines.get(source);
  const section = root.closest("section.trace");
  const view = new Timeline(root, readTimeline(source), {
    openFinding,
    filtered: (findings) => markFindings(section, findings),
  });
  timelines.set(source, view);
  return view;
}

function openFinding(finding) {
  const card = document.getElementById(finding.id);
  if (!card) return;
  for (let box = card; box; box = box.parentElement.closest("details")) box.open = true;
  card.classList.add("chosen");
  setTimeout(() => card.classList.remove("chosen"), 2000);
  card.scrollIntoView({ block: "start" });
  card.querySelector("summary").focus({ preventScroll: true });
}

/** Cards of findings that the filter leaves out step back. */
function markFindings(section, findings) {
  const ids = new Set(findings.map((finding) => finding.id));
  for (const card of section.querySelectorAll("details.finding")) {
    card.classList.toggle("filtered", !ids.has(card.id));
  }
}

function linkFindings() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.to-timeline");
    if (!link) return;
    event.preventDefault();
    const section = link.closest("section.trace");
    const view = makeTimeline(section.querySelector(".view"));
    const finding = view.data.findings[Number(link.dataset.finding)];
    section.querySelector(".timeline").scrollIntoView({ block: "start" });
    if (finding) view.showFinding(finding);
  });
}

// --- Tables of the page --------------------------------------------------------------------------

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const name = cell.textContent;
    cell.replaceChildren(button(name, () => sortTable(table, cell, column)));
  });
}

function sortTable(table, cell, column) {
  const isDown = cell.getAttribute("aria-sort") === "ascending";
  const value = (row) => {
    const text = row.cells[column].textContent;
    const number = Number(text.replaceAll(",", ""));
    return text !== "" && Number.isFinite(number) ? number : text;
  };
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) => (isDown ? -1 : 1) * mixed(value(a), value(b)));
  for (const head of cell.parentElement.cells) head.removeAttribute("aria-sort");
  cell.setAttribute("aria-sort", isDown ? "descending" : "ascending");
  body.append(...rows);
}

/** Numbers before words, each in their order. */
function mixed(a, b) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return compared(a, b);
}

// --- Paper -----------------------------------------------------------------------------------

/** On paper all that can be opened is open; afterwards it is as it was. */
function openForPaper() {
  const closed = [...document.querySelectorAll("details.finding:not([open]), .fold:not([open])")];
  for (const one of closed) one.open = true;
  window.addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  }, { once: true });
}

// --- Start -----------------------------------------------------------------------------------

function start() {
  document.documentElement.classList.add("script");
  const tip = element("div", "tooltip");
  tip.id = "tooltip";
  tip.hidden = true;
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);
  const help = makeHelp();
  document.querySelector(".tools").hidden = false;
  document.getElementById("theme").addEventListener("click", nextTheme);
  document.getElementById("help").addEventListener("click", () => help.showModal());
  setTheme("system");
  document.addEventListener("keydown", (event) => pageKey(event, help));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const timeline of timelines.values()) timeline.recolor();
  });
  window.addEventListener("beforeprint", openForPaper);
  linkFindings();
  for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
  const places = [...document.querySelectorAll(".view")];
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      makeTimeline(entry.target);
    }
  }, { rootMargin: "400px" });
  // The first one is made at once: it is what most reports are opened for.
  try {
    if (places.length > 0) makeTimeline(places[0]);
  } catch (error) {
    // A browser that cannot draw it still has the still picture.
    document.documentElement.classList.remove("script");
    throw error;
  }
  for (const place of places.slice(1)) watcher.observe(place);
  performance.mark("pmtrace-ready");
}

start();
