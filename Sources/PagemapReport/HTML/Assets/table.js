"use strict";
// The table behind the picture: what is in view and passes the filter, sortable, a bounded number
// of rows at a time.

const ROW_LIMIT = 200;

const SPAN_COLUMNS = [
  ["Start", "n m", (d, i) => d.spans.start[i], (d, i) => stampOf(d, d.spans.start[i], 9)],
  ["Duration", "n", (d, i) => d.spans.end[i] - d.spans.start[i],
    (d, i) => durationOf(d, d.spans.end[i] - d.spans.start[i])],
  ["Direction", "", (d, i) => d.spans.direction[i], (d, i) => DIRECTIONS[d.spans.direction[i]].name],
  ["Device", "m", (d, i) => deviceOf(d, d.spans.device[i]), (d, i) => deviceOf(d, d.spans.device[i])],
  ["Task", "m", (d, i) => taskOf(d, d.spans.task[i]), (d, i) => taskOf(d, d.spans.task[i])],
  ["CPU", "n", (d, i) => d.spans.cpu[i], (d, i) => String(d.spans.cpu[i])],
  ["Range", "m", (d, i) => rangeOf(d, i), (d, i) => rangeOf(d, i)],
  ["Pages", "n", (d, i) => d.spans.pages[i], (d, i) => countOf(d.spans.pages[i])],
  ["Calls", "n", (d, i) => d.spans.count[i], (d, i) => countOf(d.spans.count[i])],
  ["Result", "", (d, i) => d.spans.errno[i], (d, i) => resultOf(d, i)],
];

const STEP_COLUMNS = [
  ["Time", "n m", (d, s) => s.lane.time[s.i], (d, s) => stampOf(d, s.lane.time[s.i], 9)],
  ["Pagemap", "m", (d, s) => s.lane.address, (d, s) => addressOf(d, s.lane.address)],
  ["Device", "m", (d, s) => s.lane.device, (d, s) => deviceOf(d, s.lane.device)],
  ["State", "", (d, s) => s.lane.state[s.i], (d, s) => STATES[s.lane.state[s.i]]],
  ["Epoch", "n", (d, s) => s.lane.epoch[s.i], (d, s) => String(s.lane.epoch[s.i])],
  ["References", "n", (d, s) => s.lane.references[s.i] ?? -1,
    (d, s) => String(s.lane.references[s.i] ?? "not told")],
  ["Known holders", "n", (d, s) => s.lane.explained[s.i], (d, s) => String(s.lane.explained[s.i])],
  ["Task", "m", (d, s) => taskOf(d, s.lane.task[s.i]), (d, s) => taskOf(d, s.lane.task[s.i])],
  ["Steps", "n", (d, s) => s.lane.count[s.i], (d, s) => countOf(s.lane.count[s.i])],
];

const MEMORY_COLUMNS = [
  ["Time", "n m", (d, i) => d.memory.time[i], (d, i) => stampOf(d, d.memory.time[i], 9)],
  ["Held", "n", (d, i) => d.memory.bytes[i], (d, i) => bytesOf(d.memory.bytes[i])],
  ["At most", "n", (d, i) => d.memory.most[i], (d, i) => bytesOf(d.memory.most[i])],
];

const LOSS_COLUMNS = [
  ["CPU", "n", (d, g) => g.cpu, (d, g) => g.cpu],
  ["Events lost", "n", (d, g) => g.lost, (d, g) => g.lost],
  ["After", "n m", (d, g) => g.from, (d, g) => g.after],
  ["Before", "n m", (d, g) => g.to, (d, g) => g.before],
  ["What", "", (d, g) => g.what, (d, g) => g.what],
];

/** The kinds of tables: a name, its columns, and what of it is in view. */
const TABLES = [
  ["Calls", SPAN_COLUMNS, ({ data, shown, t0, t1 }) => shown.spans.filter(
    (i) => data.spans.start[i] <= t1 && data.spans.end[i] >= t0)],
  ["Pagemap steps", STEP_COLUMNS, ({ shown, t0, t1 }) => shown.lanes.flatMap((lane) => {
    const steps = [];
    const to = lowerBound(lane.time, t1 + 1);
    for (let i = lowerBound(lane.time, t0); i < to; i++) steps.push({ lane, i });
    return steps;
  })],
  ["Memory", MEMORY_COLUMNS, ({ data, t0, t1 }) => Array.from(data.memory.time.keys()).filter(
    (i) => data.memory.time[i] >= t0 && data.memory.time[i] <= t1)],
  ["Losses and damage", LOSS_COLUMNS, ({ data, t0, t1 }) => [
    ...data.gaps.filter(([after, before]) => (after ?? 0) <= t1 && (before ?? data.length) >= t0)
      .map(([after, before, cpu, count, buffer]) => ({
        cpu: String(cpu), lost: count === null ? "unknown" : countOf(count), from: after ?? 0,
        to: before ?? data.length, after: after === null ? "the start" : stampOf(data, after, 9),
        before: before === null ? "the end" : stampOf(data, before, 9),
        what: buffer === "" ? "lost" : `lost in ${buffer}`,
      })),
    ...data.damage.map(([cpu, what]) => ({
      cpu: cpu === null ? "" : String(cpu), lost: "", from: 0, to: 0, after: "", before: "", what,
    })),
  ]],
];

class DataTable {
  constructor(view) {
    this.view = view;
    this.kind = 0;
    this.sort = { column: 0, isDown: false };
    this.root = element("div", "data-table");
    this.root.hidden = true;
    this.tabs = element("div", "tabs");
    this.tabs.setAttribute("role", "group");
    this.tabs.setAttribute("aria-label", "Which table");
    TABLES.forEach(([name], kind) => this.tabs.append(button(name, () => this.show(kind))));
    this.note = element("p", "note");
    this.note.setAttribute("aria-live", "polite");
    this.scroll = element("div", "scroll tall");
    this.scroll.tabIndex = 0;
    this.scroll.setAttribute("role", "region");
    this.scroll.setAttribute("aria-label", "What the picture shows, as a table");
    this.root.append(this.tabs, this.note, this.scroll);
  }

  show(kind) {
    this.kind = kind;
    this.sort = { column: 0, isDown: false };
    this.update();
  }

  update() {
    if (this.root.hidden) return;
    const [, columns, rowsOf] = TABLES[this.kind];
    const { data } = this.view;
    const rows = rowsOf(this.view);
    const key = columns[this.sort.column][2];
    const sign = this.sort.isDown ? -1 : 1;
    rows.sort((a, b) => sign * compared(key(data, a), key(data, b)));
    [...this.tabs.children].forEach((tab, i) => {
      tab.setAttribute("aria-pressed", String(i === this.kind));
    });
    this.note.textContent = rows.length > ROW_LIMIT
      ? `The first ${ROW_LIMIT} of ${countOf(rows.length)} in view. Zoom in or filter for the others.`
      : `${nounOf(rows.length, "row")} in view.`;
    // A head that was used to sort keeps the focus in the table that replaces its own.
    const used = document.activeElement?.closest("th");
    const place = this.scroll.contains(used) ? used.cellIndex : -1;
    const table = this.table(columns, rows.slice(0, ROW_LIMIT));
    this.scroll.replaceChildren(table);
    table.tHead.rows[0].cells[place]?.firstChild.focus({ preventScroll: true });
  }

  table(columns, rows) {
    const table = element("table");
    const head = table.createTHead().insertRow();
    columns.forEach((column, i) => head.append(this.head(column, i)));
    const body = table.createTBody();
    for (const item of rows) {
      const row = body.insertRow();
      for (const [, style, , text] of columns) {
        const cell = row.insertCell();
        cell.className = style;
        cell.textContent = text(this.view.data, item);
      }
      if (this.kind === 0 && this.view.data.spans.failures[item] > 0) row.className = "bad";
      if (this.kind < 2) this.link(row, item);
    }
    return table;
  }

  head([name, style], i) {
    const cell = element("th", style);
    cell.scope = "col";
    cell.append(button(name, () => {
      this.sort = { column: i, isDown: this.sort.column === i && !this.sort.isDown };
      this.update();
    }));
    if (this.sort.column === i) {
      cell.setAttribute("aria-sort", this.sort.isDown ? "descending" : "ascending");
    }
    return cell;
  }

  /** A row leads to its place in the picture. */
  link(row, item) {
    const cell = row.cells[0];
    const text = cell.textContent;
    cell.replaceChildren(button(text, () => {
      this.view.pin(this.kind === 0 ? { kind: "calls", place: item, others: 0 }
        : { kind: "lane", lane: item.lane, place: item.i });
    }));
  }
}

function compared(a, b) { return a < b ? -1 : a > b ? 1 : 0; }
