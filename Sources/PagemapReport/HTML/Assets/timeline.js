"use strict";
// One trace's timeline: what is in view, and the parts that show it.

/** The fewest units of time in view: a nanosecond is what stamps can tell. */
const LEAST_SPAN = 20;

class Timeline {
  constructor(root, data, hooks) {
    Object.assign(this, { root, data, hooks, t0: 0, t1: data.length, top: 0, width: 0, height: 0 });
    this.margin();
    this.finding = null;
    this.pinned = null;
    this.selection = null;
    this.flags = [];
    this.filter = new FilterBar(data, () => this.refilter());
    this.table = new DataTable(this);
    this.build();
    this.gestures = new Gestures(this);
    this.refilter();
    new ResizeObserver(() => this.resize()).observe(this.canvas.parentElement);
  }

  /** A little room at both ends, so that what happened first and last is not at the edge. */
  margin() {
    this.least = -this.data.length * 0.005;
    this.most = this.data.length * 1.005;
    [this.t0, this.t1] = this.busyRange();
  }

  /**
   * What is shown first: all of it, but for long stretches before and behind everything that
   * happened, which the strip of the whole still shows.
   */
  busyRange() {
    const { data } = this;
    const last = (times) => (times.length > 0 ? times[times.length - 1] : 0);
    const ends = [...data.lanes.map((lane) => lane.time), data.memory.time];
    let end = Math.max(0, ...data.findings.map((finding) => finding.time));
    for (const time of data.spans.end) end = Math.max(end, time);
    for (const times of ends) end = Math.max(end, last(times));
    for (const [time] of data.unplugs) end = Math.max(end, time);
    if (end <= 0 || end > data.length * 0.75) return [this.least, this.most];
    return [-end * 0.01, end * 1.08];
  }

  // MARK: Parts

  build() {
    this.overview = canvasOf("overview", "The whole trace; drag to move the view");
    this.axis = canvasOf("axis", "Time and findings");
    this.canvas = canvasOf("lanes", "");
    this.labels = element("div", "labels");
    this.rows = element("div", "rows");
    this.rows.append(this.labels, this.canvas);
    this.scroller = element("div", "scroller");
    this.scroller.append(this.rows);
    this.stage = element("div", "stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", "Timeline. Arrow keys move, plus and minus zoom, 0 shows "
      + "all, t shows the table.");
    const corner = element("div", "corner");
    this.stage.append(this.overview, corner, this.axis, this.scroller);
    this.detail = element("div", "detail");
    this.detail.setAttribute("aria-live", "polite");
    this.root.append(this.filter.root, this.toolbar(), this.stage, this.legend(), this.detail,
      this.table.root);
    this.scroller.addEventListener("scroll", () => this.draw());
  }

  toolbar() {
    const bar = element("div", "toolbar");
    const zoom = element("div", "group");
    const add = (text, name, action) => {
      const made = button(text, action);
      made.setAttribute("aria-label", name);
      made.title = name;
      zoom.append(made);
    };
    add("−", "Zoom out (-)", () => this.zoom(2));
    add("+", "Zoom in (+)", () => this.zoom(0.5));
    add("◂", "Earlier (left arrow)", () => this.pan(-0.25));
    add("▸", "Later (right arrow)", () => this.pan(0.25));
    add("All", "Show the whole trace (0)", () => this.reset());
    this.tableButton = button("Table", () => this.toggleTable());
    this.tableButton.setAttribute("aria-pressed", "false");
    this.tableButton.title = "The same as a table (t)";
    this.range = element("output", "range");
    bar.append(this.filter.directions, this.range, zoom, this.tableButton);
    return bar;
  }

  legend() {
    const list = element("ul", "legend");
    const add = (style, text) => {
      const item = element("li", style);
      item.append(element("i"), element("span", "", text));
      list.append(item);
    };
    if (this.data.lanes.length > 0) {
      STATES.forEach((state) => add(`state-${state}`, state));
      add("refs", "references");
      add("explained", "explained by known holders");
      add("unexplained", "not explained: in flight, or leaked");
    }
    add("failed", "failed");
    if (this.data.spans.openAt.length > 0) add("open", "unfinished");
    if (this.data.gaps.length > 0) add("loss", "events lost");
    return list;
  }

  // MARK: Coordinates

  x(time) { return ((time - this.t0) / (this.t1 - this.t0)) * this.width; }

  time(x) { return this.t0 + (x / this.width) * (this.t1 - this.t0); }

  // MARK: What is in view

  setRange(from, to) {
    const span = Math.min(Math.max(to - from, LEAST_SPAN), this.most - this.least);
    const start = Math.min(Math.max(from, this.least), this.most - span);
    this.t0 = start;
    this.t1 = start + span;
    this.draw();
    this.hooks.changed?.();
    clearTimeout(this.tableTimer);
    this.tableTimer = setTimeout(() => this.table.update(), 120);
  }

  zoom(factor, at = (this.t0 + this.t1) / 2) {
    this.setRange(at - (at - this.t0) * factor, at + (this.t1 - at) * factor);
  }

  /** Whether zooming out would change nothing. */
  get isWhole() { return this.t1 - this.t0 >= (this.most - this.least) * 0.999; }

  pan(share) {
    const by = (this.t1 - this.t0) * share;
    this.setRange(this.t0 + by, this.t1 + by);
  }

  reset() { this.setRange(this.least, this.most); }

  /** Brings a moment into view, keeping the zoom where it is there already. */
  reveal(from, to) {
    const span = this.t1 - this.t0;
    if (from >= this.t0 && to <= this.t1 && to - from > span / 400) return;
    const wanted = Math.max((to - from) * 4, Math.min(span, this.data.length / 20));
    const middle = (from + to) / 2;
    this.setRange(middle - wanted / 2, middle + wanted / 2);
  }

  // MARK: Filter and layout

  refilter() {
    this.shown = this.filter.apply();
    this.layout = buildRows(this.data, this.shown);
    this.density = null;
    this.showLabels();
    this.hooks.filtered?.(this.shown.findings);
    this.resize();
    this.table.update();
  }

  showLabels() {
    this.labels.replaceChildren(...this.layout.rows.map((row) => {
      const label = element("div", `label ${row.kind}`);
      label.style.top = `${row.y}px`;
      label.style.height = `${row.height}px`;
      label.append(element("span", row.isAddress ? "name m" : "name", row.label));
      if (row.note) label.append(element("span", "note", row.note));
      label.title = row.note ? `${row.label}: ${row.note}` : row.label;
      return label;
    }));
    if (this.layout.rows.length === 0) {
      this.labels.replaceChildren(element("div", "label none", "Nothing passes the filter."));
    }
    this.rows.style.height = `${Math.max(40, this.layout.height)}px`;
  }

  resize() {
    const width = this.axis.clientWidth;
    if (width <= 0) return;
    const most = Math.max(240, Math.round(window.innerHeight * 0.66));
    const height = Math.min(Math.max(40, this.layout.height), most);
    if (width !== this.width) this.density = null;
    this.width = width;
    this.height = height;
    this.scroller.style.height = `${height}px`;
    this.paint();
  }

  // MARK: Drawing

  draw() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.paint();
    });
  }

  paint() {
    if (this.width <= 0) return;
    this.colors ??= palette();
    this.top = this.scroller.scrollTop;
    drawOverview(this.overview, this);
    drawAxis(this.axis, this);
    drawRows(this.canvas, this);
    const from = Math.max(0, this.t0);
    const to = Math.min(this.data.length, this.t1);
    this.range.textContent = `${stampOf(this.data, from)} + ${durationOf(this.data, Math.round(to - from))}`;
  }

  recolor() {
    this.colors = null;
    this.draw();
  }

  // MARK: Choices

  toggleTable() {
    clearTimeout(this.tableTimer);
    this.table.root.hidden = !this.table.root.hidden;
    this.tableButton.setAttribute("aria-pressed", String(!this.table.root.hidden));
    this.table.update();
  }

  /** Shows an item's details below the picture, and the item in it. */
  pin(item) {
    this.pinned = item;
    showDescription(this.detail, describe(this.data, item));
    const close = button("Close", () => this.unpin());
    this.detail.append(close);
    const { spans, memory } = this.data;
    if (item.kind === "calls") this.reveal(spans.start[item.place], spans.end[item.place]);
    if (item.kind === "lane") this.reveal(item.lane.time[item.place], item.lane.time[item.place]);
    if (item.kind === "memory") this.reveal(memory.time[item.place], memory.time[item.place]);
    this.draw();
  }

  unpin() {
    this.pinned = null;
    this.detail.replaceChildren();
    this.draw();
  }

  /** Marks a finding and brings its first moment, and what proves it, into view. */
  showFinding(finding) {
    this.finding = finding;
    const times = [...finding.evidence, finding.time].filter((time) => time <= this.data.length);
    const from = times.reduce((a, b) => Math.min(a, b), Infinity);
    const to = times.reduce((a, b) => Math.max(a, b), 0);
    const room = Math.max((to - from) * 0.15, this.data.length / 500);
    this.setRange(from - room, to + room);
    this.stage.focus({ preventScroll: true });
  }
}

function canvasOf(style, label) {
  const canvas = element("canvas", style);
  if (label) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
  } else {
    canvas.setAttribute("aria-hidden", "true");
  }
  return canvas;
}
