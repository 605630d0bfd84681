"use strict";
// The data of a timeline: columns of numbers that were made small for the page, made ready for use.

const DIRECTIONS = [
  { name: "system to device", short: "to device", style: "to-device" },
  { name: "device to device", short: "device to device", style: "between" },
  { name: "device to system by fault", short: "CPU fault", style: "by-fault" },
  { name: "device to system by eviction", short: "eviction", style: "by-eviction" },
];

const STATES = ["active", "releasing", "cached", "taken", "destroyed"];

/** Sums up differences: times are stored as steps from one to the next. */
function summed(column) {
  const values = new Float64Array(column.length);
  let last = 0;
  for (let i = 0; i < column.length; i++) {
    last += column[i];
    values[i] = last;
  }
  return values;
}

/** A column of which only the places that differ from `usual` were written. */
function spread(length, usual, places, values) {
  const column = new Float64Array(length).fill(usual);
  summed(places).forEach((place, i) => { column[place] = values[i]; });
  return column;
}

/** Reads the block with this id. The text is JSON that was written by pmtrace. */
function readTimeline(id) {
  const raw = JSON.parse(document.getElementById(id).textContent);
  const data = { ...raw, start: BigInt(raw.start), unit: BigInt(raw.unit) };
  data.length = Math.max(1, raw.length);
  data.spans = readSpans(raw.spans);
  data.lanes = raw.lanes.map(readLane);
  data.memory = { ...raw.memory, time: summed(raw.memory.time) };
  data.errnos = new Map(raw.errnos);
  return data;
}

function readSpans(raw) {
  const n = raw.start.length;
  const start = summed(raw.start);
  const end = start.map((time, i) => time + raw.length[i]);
  const durations = Float64Array.from(raw.length);
  return {
    ...raw, n, start, end,
    count: spread(n, 1, raw.mergedAt, raw.count),
    busy: (() => {
      summed(raw.mergedAt).forEach((place, i) => { durations[place] = raw.busy[i]; });
      return durations;
    })(),
    failures: spread(n, 0, raw.failedAt, raw.failures),
    errno: spread(n, 0, raw.failedAt, raw.errno),
    open: spread(n, 0, raw.openAt, raw.openAt.map(() => 1)),
  };
}

function readLane(raw) {
  const n = raw.time.length;
  const fewest = raw.references.slice();
  const most = raw.references.slice();
  summed(raw.mergedAt).forEach((place, i) => {
    fewest[place] = raw.fewest[i];
    most[place] = raw.most[i];
  });
  const known = most.filter((value) => value !== null);
  return {
    ...raw, n, fewest, most,
    time: summed(raw.time),
    count: spread(n, 1, raw.mergedAt, raw.count),
    adopted: spread(n, 0, raw.adoptedAt, raw.adoptedAt.map(() => 1)),
    highest: known.reduce((a, b) => Math.max(a, b), 1),
    lowest: known.reduce((a, b) => Math.min(a, b), 0),
  };
}

/** The first place in `values` (which grow) whose value is at least `wanted`. */
function lowerBound(values, wanted, from = 0) {
  let low = from;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] < wanted) low = middle + 1; else high = middle;
  }
  return low;
}

// --- Words -----------------------------------------------------------------------------------

/** Cuts a fraction of nanoseconds at `digits`, as ftrace does, never rounding a moment up. */
function fixed(nanoseconds, digits) {
  const text = nanoseconds.toString().padStart(10, "0");
  return `${text.slice(0, -9)}.${text.slice(-9).slice(0, digits)}`;
}

/** A moment by the trace's own clock, exact whatever its size: `19.049123 s`. */
function stampOf(data, time, digits = 6) {
  const exact = data.start + BigInt(Math.max(0, Math.floor(time))) * data.unit;
  return data.nanoseconds ? `${fixed(exact, digits)} s` : `${exact} ticks`;
}

/** A duration in units of the data: `870 ns`, `12.3 us`, `4.56 ms`, `1.23 s`. */
function durationOf(data, time) {
  const value = time * Number(data.unit);
  if (!data.nanoseconds) return `${countOf(value)} ticks`;
  for (const [limit, unit, divisor] of [[1e3, "ns", 1], [1e6, "us", 1e3], [1e9, "ms", 1e6]]) {
    if (value < limit) return `${threeDigits(value / divisor)} ${unit}`;
  }
  return `${threeDigits(value / 1e9)} s`;
}

function threeDigits(value) {
  const whole = Math.trunc(value).toString().length;
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.max(0, 3 - whole));
}

/** `1,234,567`, whatever the reader's locale: reports are compared. */
function countOf(value) {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function nounOf(value, noun) {
  return `${countOf(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function bytesOf(value) {
  let size = value;
  for (const unit of ["B", "KiB", "MiB", "GiB", "TiB"]) {
    if (size < 1024) return `${Number(size.toFixed(1))} ${unit}`;
    size /= 1024;
  }
  return `${Number(size.toFixed(1))} PiB`;
}

/** `0xff36ccee44c28298`; nothing where the address is not known. */
function addressOf(data, index) {
  return index === 0 ? "" : `0x${data.addresses[index]}`;
}

function rangeOf(data, i) {
  const { range, size } = data.spans;
  if (range[i] === 0) return "";
  const start = BigInt(`0x${data.addresses[range[i]]}`);
  return `0x${start.toString(16)}-0x${(start + BigInt(size[i])).toString(16)}`;
}

function taskOf(data, index) { return data.tasks[index] || "several tasks"; }

function deviceOf(data, index) { return data.devices[index] || "no device named"; }

function resultOf(data, i) {
  const { failures, errno, count, open } = data.spans;
  if (open[i]) return "unfinished when the recording ended";
  if (failures[i] === 0) return "0";
  const name = data.errnos.get(errno[i]) ?? `errno ${errno[i]}`;
  return count[i] === 1 ? `-${name}` : `${failures[i]} of ${count[i]} failed, first -${name}`;
}
