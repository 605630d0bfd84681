"use strict";
// Draws the rows that are in sight. What is narrower than a pixel is found by binary search and
// drawn as one, so that a frame costs what the screen has, not what the trace has.

function drawRows(canvas, view) {
  const context = prepare(canvas, view.width, view.height);
  drawGrid(context, view);
  // Below everything to be seen, above it to be seen through.
  drawLosses(context, view, 0, view.height);
  for (const row of view.layout.rows) {
    const y = row.y - view.top;
    if (y + row.height < 0 || y > view.height) continue;
    if (row.kind === "calls") drawCalls(context, view, row, y);
    if (row.kind === "lane") drawLane(context, view, row, y);
    if (row.kind === "memory") drawMemory(context, view, row, y);
    context.fillStyle = view.colors.line;
    context.fillRect(0, y + row.height - 1, view.width, 1);
  }
  drawLosses(context, view, 0, view.height, 0.13);
  drawMoments(context, view);
  if (view.selection) drawSelection(context, view);
}

function drawGrid(context, view) {
  for (const row of view.layout.rows) {
    if (row.kind !== "group") continue;
    context.fillStyle = view.colors.band;
    context.fillRect(0, row.y - view.top, view.width, row.height);
  }
  context.fillStyle = view.colors.line;
  eachTick(view, (x) => context.fillRect(Math.round(x), 0, 1, view.height));
}

// --- Calls -----------------------------------------------------------------------------------

function drawCalls(context, view, row, y) {
  const color = view.colors[DIRECTIONS[row.direction].style];
  const height = HEIGHTS.sub - 1;
  row.subrows.forEach((subrow, number) => {
    const top = y + 2 + number * HEIGHTS.sub;
    context.fillStyle = color;
    drawSubrow(context, view, subrow, top, height);
    drawFailures(context, view, subrow, top, height);
  });
}

function drawSubrow(context, view, subrow, top, height) {
  const { starts, reach, places } = subrow;
  const { count } = view.data.spans;
  let i = lowerBound(reach, view.t0);
  while (i < places.length && starts[i] < view.t1) {
    const x0 = view.x(starts[i]);
    const x1 = view.x(view.data.spans.end[places[i]]);
    if (x1 - x0 >= 1) {
      const left = Math.max(-2, x0);
      const width = Math.min(view.width + 2, x1) - left;
      context.globalAlpha = count[places[i]] > 1 ? 0.6 : 1;
      context.fillRect(left, top, width > 3 ? width - 0.75 : Math.max(1, width), height);
      context.globalAlpha = 1;
      i += 1;
      continue;
    }
    // All that start within this pixel become one; the last of them may reach further.
    const pixel = Math.floor(x0);
    const next = lowerBound(starts, view.time(pixel + 1), i + 1);
    const right = Math.min(view.width, Math.max(pixel + 1, view.x(reach[next - 1])));
    context.fillRect(Math.max(0, pixel), top, Math.max(1, right - Math.max(0, pixel)), height);
    i = next;
  }
}

/** Failures and unfinished calls, on top: they must not vanish among those that went well. */
function drawFailures(context, view, subrow, top, height) {
  const { spans, errnos } = view.data;
  let last = -Infinity;
  let labelled = -Infinity;
  for (const i of subrow.marked) {
    if (spans.end[i] < view.t0) continue;
    if (spans.start[i] > view.t1) break;
    const x = Math.max(0, view.x(spans.start[i]));
    const right = Math.min(view.width, view.x(spans.end[i]));
    if (spans.open[i]) drawUnfinished(context, view, x, right, top, height);
    if (spans.failures[i] === 0 || x - last < 1) continue;
    last = x;
    context.fillStyle = view.colors.failed;
    context.fillRect(x - 0.5, top, 2, height);
    if (right - x > 3) context.fillRect(x, top + height - 2, right - x, 2);
    if (right - x < 52 || x - labelled < 60) continue;
    labelled = x;
    context.font = "bold 9px ui-sans-serif, system-ui, sans-serif";
    context.fillStyle = view.colors.surface;
    context.textAlign = "left";
    context.fillText(errnos.get(spans.errno[i]) ?? `errno ${spans.errno[i]}`, x + 5,
      top + height / 2 - 0.5);
  }
}

/** A call that never returned ends in a ragged edge. */
function drawUnfinished(context, view, x, right, top, height) {
  context.fillStyle = view.colors.text;
  for (let step = 0; step < height; step += 3) context.fillRect(right - 4, top + step, 4, 1.5);
  context.fillRect(x, top, 1, height);
}

// --- Pagemaps ---------------------------------------------------------------------------------

const BAND = 13;

function drawLane(context, view, row, y) {
  if (row.lane.time[0] >= view.t1) return drawLater(context, view, row.lane, y);
  drawStates(context, view, row.lane, y + 3);
  drawReferences(context, view, row.lane, y + BAND + 6, row.height - BAND - 10);
}

/** Where a pagemap begins that is not in view yet. */
function drawLater(context, view, lane, y) {
  context.font = "10px ui-sans-serif, system-ui, sans-serif";
  context.textAlign = "right";
  context.fillStyle = view.colors.faint;
  context.fillText(`begins at ${stampOf(view.data, lane.time[0])} ▸`, view.width - 6,
    y + 3 + BAND / 2);
}

/** The place of the step that holds at a moment; -1 before the first. */
function stepAt(times, time) {
  const next = lowerBound(times, time);
  return next < times.length && times[next] === time ? next : next - 1;
}

function drawStates(context, view, lane, top) {
  let i = Math.max(0, stepAt(lane.time, view.t0));
  let pixel = -1;
  while (i < lane.n && lane.time[i] < view.t1) {
    let next = i + 1;
    while (next < lane.n && lane.state[next] === lane.state[i] && lane.epoch[next] === lane.epoch[i]) {
      next += 1;
    }
    const from = Math.max(-1, view.x(lane.time[i]));
    const to = Math.min(view.width + 1, view.x(next < lane.n ? lane.time[next] : view.data.length));
    const right = Math.max(Math.floor(from) + 1, to);
    if (Math.floor(right) > pixel) drawState(context, view, lane, i, from, right, top);
    pixel = Math.max(pixel, Math.floor(right));
    i = next;
  }
}

function drawState(context, view, lane, i, from, right, top) {
  const state = STATES[lane.state[i]];
  const width = right - from;
  context.fillStyle = view.colors[`state-${state}`];
  if (state === "destroyed") {
    context.fillRect(from, top + BAND / 2, width, 1);
  } else {
    context.fillRect(from, top, width, BAND);
  }
  // A line begins each life of the address.
  if (i > 0 && lane.epoch[i] !== lane.epoch[i - 1]) {
    context.fillStyle = view.colors.text;
    context.fillRect(from, top - 1, 1, BAND + 2);
  }
  const label = `${state}, epoch ${lane.epoch[i]}${lane.adopted[i] ? ", older" : ""}`;
  context.font = "10px ui-sans-serif, system-ui, sans-serif";
  const text = [label, state].find((one) => context.measureText(one).width + 10 < width);
  if (!text) return;
  const x = Math.max(from, 0) + 5;
  if (state === "destroyed") {
    context.fillStyle = view.colors.surface;
    context.fillRect(x - 3, top, context.measureText(text).width + 6, BAND);
  }
  context.fillStyle = state === "destroyed" ? view.colors.faint : view.colors.text;
  context.textAlign = "left";
  context.fillText(text, x, top + BAND / 2 + 0.5);
}

/** The count as a line of steps; below it what known holders explain, and what nobody does. */
function drawReferences(context, view, lane, top, height) {
  const span = Math.max(1, lane.highest - lane.lowest);
  const level = (value) => top + height - ((value - lane.lowest) / span) * height;
  const base = level(Math.max(0, lane.lowest));
  context.font = "9px ui-sans-serif, system-ui, sans-serif";
  view.lowest = lane.lowest;
  let i = Math.max(0, stepAt(lane.time, view.t0));
  let before = null;
  while (i < lane.n && lane.time[i] < view.t1) {
    const pixel = Math.floor(view.x(lane.time[i]));
    let next = lowerBound(lane.time, view.time(pixel + 1), i + 1);
    if (view.x(next < lane.n ? lane.time[next] : view.data.length) - view.x(lane.time[i]) > 2) {
      next = i + 1;
    }
    const part = summarised(lane, i, next);
    const from = Math.max(-1, view.x(lane.time[i]));
    const right = next < lane.n ? view.x(lane.time[next]) : view.x(view.data.length);
    drawCount(context, view, part, { from, to: Math.min(view.width + 1, right), level, base, before });
    before = part.last;
    i = next;
  }
}

/** Several steps of a pixel as one: their bounds and the last. */
function summarised(lane, from, to) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = from; i < to; i++) {
    if (lane.fewest[i] === null) continue;
    low = Math.min(low, lane.fewest[i]);
    high = Math.max(high, lane.most[i]);
  }
  const last = lane.state[to - 1] === 4 ? null : lane.references[to - 1];
  return { low, high, last, explained: lane.explained[to - 1] };
}

function drawCount(context, view, part, { from, to, level, base, before }) {
  const width = Math.max(1, to - from);
  if (part.last !== null) {
    const held = Math.max(0, Math.min(part.last, part.explained));
    context.fillStyle = view.colors.explained;
    context.fillRect(from, level(held), width, base - level(held));
    if (part.last > held) {
      context.fillStyle = view.colors.unexplained;
      context.fillRect(from, level(part.last), width, level(held) - level(part.last));
    }
    context.fillStyle = view.colors.refs;
    context.fillRect(from, level(part.last) - 0.75, width, 1.5);
    if (width > 16) drawNumber(context, view, part.last, from, level);
  }
  // The riser: from the count before to the bounds within this pixel.
  const ends = [before, part.last, part.low, part.high].filter(
    (value) => value !== null && Number.isFinite(value));
  if (ends.length === 0 || from < 0) return;
  const highest = level(Math.max(...ends));
  context.fillStyle = view.colors.refs;
  context.fillRect(from - 0.5, highest, 1, level(Math.min(...ends)) - highest);
}

function drawNumber(context, view, value, from, level) {
  context.textAlign = "left";
  context.fillStyle = view.colors.text;
  const y = level(value);
  const isLow = level(view.lowest) - y < 12;
  context.fillText(String(value), Math.max(0, from) + 3, isLow ? y - 6 : y + 7);
}

// --- Memory ------------------------------------------------------------------------------------

function drawMemory(context, view, row, y) {
  const { time, bytes, most } = view.data.memory;
  const top = y + 5;
  const height = row.height - 10;
  const level = (value) => (row.most > 0 ? (value / row.most) * height : 0);
  let i = Math.max(0, stepAt(time, view.t0));
  while (i < time.length && time[i] < view.t1) {
    const pixel = Math.floor(view.x(time[i]));
    const next = Math.max(i + 1, lowerBound(time, view.time(pixel + 1), i + 1));
    let peak = 0;
    for (let k = i; k < next; k++) peak = Math.max(peak, most[k]);
    const from = Math.max(0, view.x(time[i]));
    const to = Math.min(view.width, next < time.length ? view.x(time[next]) : view.x(view.data.length));
    const now = level(bytes[next - 1]);
    context.fillStyle = view.colors.memory;
    context.globalAlpha = 0.35;
    context.fillRect(from, top + height - now, Math.max(1, to - from), now);
    context.globalAlpha = 1;
    context.fillRect(from, top + height - now - 0.75, Math.max(1, to - from), 1.5);
    context.fillRect(from, top + height - level(peak), 1, level(peak));
    i = next;
  }
}

// --- Moments over all rows ----------------------------------------------------------------------

function drawMoments(context, view) {
  context.fillStyle = view.colors.faint;
  for (const [time] of view.data.unplugs) {
    const x = Math.round(view.x(time));
    if (x < 0 || x > view.width) continue;
    for (let y = 0; y < view.height; y += 6) context.fillRect(x, y, 1, 3);
  }
  for (const finding of view.shown.findings) {
    const x = Math.round(view.x(finding.time));
    if (x < 0 || x > view.width) continue;
    context.fillStyle = view.colors[finding.severity];
    context.globalAlpha = finding === view.finding ? 1 : 0.55;
    context.fillRect(x, 0, finding === view.finding ? 2 : 1, view.height);
    context.globalAlpha = 1;
  }
  drawEvidence(context, view);
  drawChosen(context, view);
}

/** The events that prove the chosen finding. */
function drawEvidence(context, view) {
  if (!view.finding) return;
  context.fillStyle = view.colors[view.finding.severity];
  for (const time of view.finding.evidence) {
    const x = view.x(time);
    if (x < 0 || x > view.width) continue;
    for (let y = 1; y < view.height; y += 9) context.fillRect(x - 0.5, y, 1, 2);
  }
}

/** A frame around what is pinned. */
function drawChosen(context, view) {
  const chosen = view.pinned;
  if (!chosen || chosen.kind !== "calls") return;
  const row = view.layout.rows.find((one) => one.kind === "calls" && one.spans.includes(chosen.place));
  if (!row) return;
  const number = row.subrows.findIndex((subrow) => subrow.places.includes(chosen.place));
  const x0 = view.x(view.data.spans.start[chosen.place]);
  const x1 = Math.max(x0 + 3, view.x(view.data.spans.end[chosen.place]));
  context.strokeStyle = view.colors.text;
  context.lineWidth = 2;
  context.strokeRect(x0 - 1.5, row.y - view.top + 0.5 + number * HEIGHTS.sub, x1 - x0 + 3,
    HEIGHTS.sub + 2);
}

function drawSelection(context, view) {
  const [a, b] = view.selection;
  context.globalAlpha = 0.2;
  context.fillStyle = view.colors.accent;
  context.fillRect(Math.min(a, b), 0, Math.abs(b - a), view.height);
  context.globalAlpha = 1;
}
