"use strict";
// Canvas basics: colours from the style sheet, hatching, the axis of time, the strip of the whole.

const COLOR_NAMES = [
  "to-device", "between", "by-fault", "by-eviction", "failed", "text", "faint", "line", "edge", "surface",
  "band", "state-active", "state-releasing", "state-cached", "state-taken", "state-destroyed",
  "refs", "explained", "unexplained", "memory", "loss", "error", "warning", "info", "accent", "veil",
];

/** The colours of the theme that is on. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(COLOR_NAMES.map((name) => [
    name, style.getPropertyValue(`--${name}`).trim(),
  ]));
}

/** Makes a canvas as sharp as the screen; gives its context in CSS pixels. */
function prepare(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "11px ui-sans-serif, system-ui, sans-serif";
  context.textBaseline = "middle";
  return context;
}

/** Diagonal lines; told apart from every area by their direction, not only by colour. */
function hatching(context, color) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  for (const x of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(x, 8);
    pen.lineTo(x + 8, 0);
    pen.stroke();
  }
  return context.createPattern(tile, "repeat");
}

/** The stretches of lost events as [from, to] within the timeline. */
function lossesOf(data) {
  return data.gaps.map(([after, before]) => [after ?? 0, before ?? data.length]);
}

/** Hatches what was lost over a height; a narrow loss stays visible. */
function drawLosses(context, view, top, height, strength = 0.4) {
  if (view.data.gaps.length === 0) return;
  context.globalAlpha = strength;
  context.fillStyle = hatching(context, view.colors.loss);
  for (const [from, to] of lossesOf(view.data)) {
    const x0 = Math.max(0, view.x(from));
    const x1 = Math.min(view.width, Math.max(view.x(to), x0 + 3));
    if (x1 > 0 && x0 < view.width) context.fillRect(x0, top, x1 - x0, height);
  }
  context.globalAlpha = 1;
}

// --- The axis --------------------------------------------------------------------------------

/** Steps of 1, 2 or 5 that leave room for their labels. */
function tickStep(span, width) {
  const least = span / Math.max(2, width / 110);
  let power = 1;
  while (power * 10 <= least) power *= 10;
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? power * 10;
}

function tickLabel(data, exact, step) {
  if (!data.nanoseconds) return exact.toString();
  const digits = Math.max(0, Math.min(9, 9 - Math.floor(Math.log10(step))));
  const text = fixed(exact, digits);
  return digits === 0 ? `${text.split(".")[0]} s` : `${text} s`;
}

/** Calls `each(x, label)` for every round stamp in view: of the trace's clock, not of the view. */
function eachTick(view, each) {
  const unit = Number(view.data.unit);
  const step = tickStep((view.t1 - view.t0) * unit, view.width);
  const exactStep = BigInt(Math.max(1, Math.round(step)));
  const from = view.data.start + BigInt(Math.floor(view.t0)) * view.data.unit;
  let tick = (from / exactStep) * exactStep;
  for (let n = 0; n < 60; n++, tick += exactStep) {
    const x = view.x(Number(tick - view.data.start) / unit);
    if (x > view.width) return;
    if (x >= 0) each(x, tickLabel(view.data, tick, step));
  }
}

function drawAxis(canvas, view) {
  const height = 40;
  const context = prepare(canvas, view.width, height);
  drawLosses(context, view, 22, 18);
  context.textAlign = "left";
  eachTick(view, (x, label) => {
    context.fillStyle = view.colors.line;
    context.fillRect(Math.round(x), 26, 1, height - 26);
    const room = context.measureText(label).width + 8;
    context.fillStyle = view.colors.faint;
    if (x + room < view.width) context.fillText(label, Math.round(x) + 4, 33);
  });
  drawUnplugs(context, view);
  drawFlags(context, view);
}

function drawUnplugs(context, view) {
  context.fillStyle = view.colors.text;
  const groups = [];
  for (const [time, device] of view.data.unplugs) {
    const x = Math.round(view.x(time));
    if (x < 0 || x > view.width) continue;
    context.fillRect(x, 20, 1, 20);
    const last = groups.at(-1);
    if (last && x - last.x < 130) last.devices.push(device);
    else groups.push({ x, devices: [device] });
  }
  let taken = 0;
  for (const { x, devices } of groups) {
    const names = devices.length > 2 ? `${devices.length} devices` : devices.join(", ");
    const width = context.measureText(`${names} unplugged`).width;
    const isRight = x + width + 6 < view.width;
    const left = isRight ? x + 4 : x - width - 4;
    if (left < taken) continue;
    taken = left + width + 4;
    context.fillText(`${names} unplugged`, left, 21);
  }
}

/** The findings as flags; where they crowd one stands for all, with their number. */
function drawFlags(context, view) {
  view.flags = [];
  for (const finding of view.shown.findings.toSorted((a, b) => a.time - b.time)) {
    const x = view.x(finding.time);
    if (x < -1 || x > view.width + 1) continue;
    const last = view.flags.at(-1);
    if (last && x - last.x < 74) last.findings.push(finding);
    else view.flags.push({ x, findings: [finding] });
  }
  for (const flag of view.flags) drawFlag(context, view, flag);
}

function drawFlag(context, view, flag) {
  const worst = ["error", "warning", "info"].find(
    (severity) => flag.findings.some((finding) => finding.severity === severity));
  const first = flag.findings.find((finding) => finding.severity === worst);
  const label = first.rule + (flag.findings.length > 1 ? ` +${flag.findings.length - 1}` : "");
  const width = context.measureText(label).width + 10;
  const left = Math.min(Math.max(0, flag.x), view.width - width);
  Object.assign(flag, { left, right: left + width, finding: first });
  const isChosen = flag.findings.includes(view.finding);
  context.fillStyle = view.colors[worst];
  context.fillRect(Math.round(flag.x) - 0.5, 0, 1.5, 40);
  context.fillRect(left, 0, width, 15);
  context.fillStyle = view.colors.surface;
  context.textAlign = "left";
  context.fillText(label, left + 5, 8);
  if (isChosen) {
    context.strokeStyle = view.colors.text;
    context.lineWidth = 2;
    context.strokeRect(left + 1, 1, width - 2, 13);
  }
}

// --- The strip of the whole --------------------------------------------------------------------

/** How many calls were running per pixel; made anew when the filter or the width changes. */
function densityOf(data, shown, width) {
  const columns = new Float64Array(width + 1);
  const failed = new Set();
  const scale = width / data.length;
  for (const i of shown.spans) {
    const from = Math.min(width - 1, Math.floor(data.spans.start[i] * scale));
    const to = Math.min(width - 1, Math.floor(data.spans.end[i] * scale));
    columns[from] += 1;
    columns[to + 1] -= 1;
    if (data.spans.failures[i] > 0) failed.add(from);
  }
  for (let x = 1; x < width; x++) columns[x] += columns[x - 1];
  return { columns: columns.subarray(0, width), failed };
}

function drawOverview(canvas, view) {
  const height = 40;
  const width = Math.max(1, Math.floor(view.width));
  const context = prepare(canvas, view.width, height);
  view.density ??= densityOf(view.data, view.shown, width);
  const { columns, failed } = view.density;
  const most = Math.log1p(columns.reduce((a, b) => Math.max(a, b), 1));
  context.fillStyle = view.colors.edge;
  columns.forEach((value, x) => {
    if (value <= 0) return;
    const bar = Math.max(2, (Math.log1p(value) / most) * (height - 10));
    context.fillRect(x, height - bar, 1, bar);
  });
  context.fillStyle = view.colors.failed;
  for (const x of failed) context.fillRect(x, height - 4, 2, 4);
  const whole = { ...view, x: (time) => (time / view.data.length) * view.width };
  drawLosses(context, whole, 0, height);
  for (const finding of view.shown.findings) {
    context.fillStyle = view.colors[finding.severity];
    context.fillRect(Math.round(whole.x(finding.time)), 0, 2, 8);
  }
  drawWindow(context, whole, height);
}

function drawWindow(context, view, height) {
  const x0 = view.x(view.t0);
  const x1 = Math.max(x0 + 2, view.x(view.t1));
  context.fillStyle = view.colors.veil;
  context.fillRect(0, 0, x0, height);
  context.fillRect(x1, 0, view.width - x1, height);
  context.strokeStyle = view.colors.accent;
  context.lineWidth = 1.5;
  context.strokeRect(x0 + 0.75, 0.75, Math.max(1, x1 - x0 - 1.5), height - 1.5);
}
