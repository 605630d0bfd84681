"use strict";
// What stands below what: calls by device and direction, stacked where they overlap, then the
// device's pagemaps, then memory.

const SUBROWS = 5;
const HEIGHTS = { sub: 9, gap: 5, lane: 44, memory: 46, group: 20 };

/** The rows of those spans and lanes that the filter lets through. */
function buildRows(data, visible) {
  const rows = [];
  const place = { y: 0 };
  for (const device of devicesOf(data, visible)) {
    push(rows, place, { kind: "group", label: deviceOf(data, device), height: HEIGHTS.group });
    DIRECTIONS.forEach((direction, number) => {
      const spans = visible.spans.filter(
        (i) => data.spans.device[i] === device && data.spans.direction[i] === number);
      if (spans.length > 0) push(rows, place, callRow(data, number, spans));
    });
    for (const lane of visible.lanes) {
      if (lane.device === device) push(rows, place, laneRow(data, lane));
    }
  }
  if (data.memory.time.length > 0) push(rows, place, memoryRow(data));
  return { rows, height: place.y };
}

function push(rows, place, row) {
  rows.push({ ...row, y: place.y });
  place.y += row.height;
}

/** Devices in the order of the data, the one without a name last. */
function devicesOf(data, visible) {
  const seen = new Set();
  for (const lane of visible.lanes) seen.add(lane.device);
  for (const i of visible.spans) seen.add(data.spans.device[i]);
  return [...seen].sort((a, b) => (a === 0) - (b === 0) || a - b);
}

function callRow(data, direction, spans) {
  const subrows = packed(data.spans, spans);
  const height = Math.max(2, subrows.length) * HEIGHTS.sub + HEIGHTS.gap;
  return {
    kind: "calls", direction, subrows, height, spans, label: DIRECTIONS[direction].short,
    note: countOf(spans.reduce((sum, i) => sum + data.spans.count[i], 0)),
  };
}

/**
 * Puts spans that overlap below each other. The last subrow takes what finds no room, so its spans
 * may cover each other; `reach` (the latest end so far) keeps the search for the first visible one
 * binary there as well.
 */
function packed(spans, places) {
  const subrows = [];
  for (const i of places) {
    let subrow = subrows.find((row) => row.until <= spans.start[i]);
    if (!subrow && subrows.length < SUBROWS) {
      subrow = { until: 0, places: [] };
      subrows.push(subrow);
    }
    subrow ??= subrows[subrows.length - 1];
    subrow.places.push(i);
    subrow.until = Math.max(subrow.until, spans.end[i]);
  }
  return subrows.map(({ places: inside }) => {
    let latest = 0;
    return {
      places: inside,
      starts: Float64Array.from(inside, (i) => spans.start[i]),
      reach: Float64Array.from(inside, (i) => (latest = Math.max(latest, spans.end[i]))),
      marked: inside.filter((i) => spans.failures[i] > 0 || spans.open[i] > 0),
    };
  });
}

function laneRow(data, lane) {
  const address = addressOf(data, lane.address);
  const lives = new Set(lane.epoch).size;
  const counted = lane.most.some((value) => value !== null);
  return {
    kind: "lane", lane, height: HEIGHTS.lane, label: address, isAddress: true,
    note: `${counted ? `refs ${lane.lowest}–${lane.highest}` : "refs not told"}`
      + (lives > 1 ? `, ${lives} lives` : ""),
  };
}

function memoryRow(data) {
  const most = data.memory.most.reduce((a, b) => Math.max(a, b), 0);
  return {
    kind: "memory", height: HEIGHTS.memory, most, label: "struct page memory",
    note: `at most ${bytesOf(most)}`,
  };
}
