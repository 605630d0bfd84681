"use strict";
// What is under the pointer, in words: the same for the tooltip, the pinned panel and the table.

/** What lies at a place of the picture; null where nothing does. */
function itemAt(view, x, y) {
  const row = view.layout.rows.find((one) => y >= one.y && y < one.y + one.height);
  if (!row) return null;
  const time = view.time(x);
  if (row.kind === "calls") return callAt(view, row, x, y);
  if (row.kind === "lane") {
    const place = stepAt(row.lane.time, time);
    return place < 0 ? null : { kind: "lane", lane: row.lane, place };
  }
  if (row.kind === "memory") {
    const place = stepAt(view.data.memory.time, time);
    return place < 0 ? null : { kind: "memory", place };
  }
  return null;
}

function callAt(view, row, x, y) {
  const number = Math.floor((y - row.y - 2) / HEIGHTS.sub);
  const subrow = row.subrows[Math.min(row.subrows.length - 1, Math.max(0, number))];
  const [from, to] = [view.time(x - 3), view.time(x + 3)];
  const found = [];
  for (let i = lowerBound(subrow.reach, from); i < subrow.places.length; i++) {
    if (subrow.starts[i] > to || found.length > 999) break;
    if (view.data.spans.end[subrow.places[i]] >= from) found.push(subrow.places[i]);
  }
  if (found.length === 0) return null;
  const { spans } = view.data;
  const time = view.time(x);
  const under = found.filter((i) => spans.start[i] <= time && spans.end[i] >= time);
  const best = found.find((i) => spans.failures[i] > 0) ?? under.at(-1) ?? found[0];
  const place = under.length > 0 && under.length < found.length && spans.failures[best] === 0
    ? under.at(-1) : best;
  return { kind: "calls", place, others: found.length - 1 };
}

/** An item as a title and pairs of terms and values; empty values are left out. */
function describe(data, item) {
  if (item.kind === "calls") return describeCall(data, item);
  if (item.kind === "lane") return describeStep(data, item);
  if (item.kind === "memory") return describeMemory(data, item);
  return describeFindings(data, item.findings);
}

function describeCall(data, { place: i, others }) {
  const { spans } = data;
  const several = spans.count[i] > 1;
  return {
    title: (several ? `${countOf(spans.count[i])} calls, ` : "")
      + DIRECTIONS[spans.direction[i]].name,
    style: DIRECTIONS[spans.direction[i]].style,
    isBad: spans.failures[i] > 0,
    pairs: [
      ["from", stampOf(data, spans.start[i])],
      ["to", spans.open[i] ? "not returned" : stampOf(data, spans.end[i])],
      [several ? "within" : "duration", durationOf(data, spans.end[i] - spans.start[i])],
      ["busy", several ? durationOf(data, spans.busy[i]) : ""],
      ["result", resultOf(data, i)],
      ["task", taskOf(data, spans.task[i])],
      ["CPU", String(spans.cpu[i])],
      ["device", deviceOf(data, spans.device[i])],
      ["range", rangeOf(data, i)],
      ["size", spans.size[i] > 0 ? bytesOf(spans.size[i]) : ""],
      ["moved", `${nounOf(spans.pages[i], "page")}, ${bytesOf(spans.pages[i] * 4096)}`],
      ["mm", addressOf(data, spans.mm[i])],
      ["pagemap", addressOf(data, spans.pagemap[i])],
      ["allocation", addressOf(data, spans.allocation[i])],
      ["also here", others > 0 ? `${nounOf(others, "further span")}, zoom in` : ""],
    ],
  };
}

function describeStep(data, { lane, place }) {
  const several = lane.count[place] > 1;
  const until = place + 1 < lane.n ? lane.time[place + 1] : data.length;
  const references = lane.references[place];
  return {
    title: `pagemap ${addressOf(data, lane.address)}`,
    style: `state-${STATES[lane.state[place]]}`,
    pairs: [
      ["state", STATES[lane.state[place]]],
      ["epoch", `${lane.epoch[place]}${lane.adopted[place] ? ", older than the recording" : ""}`],
      ["since", stampOf(data, lane.time[place])],
      ["for", durationOf(data, until - lane.time[place])],
      ["references", references === null ? "not told" : String(references)],
      ["known holders", references === null ? "" : String(lane.explained[place])],
      ["between", several && lane.most[place] !== null
        ? `${lane.fewest[place]} and ${lane.most[place]} in ${countOf(lane.count[place])} steps` : ""],
      ["task", taskOf(data, lane.task[place])],
      ["device", deviceOf(data, lane.device)],
    ],
  };
}

function describeMemory(data, { place }) {
  const { time, bytes, most } = data.memory;
  return {
    title: "struct page memory",
    style: "memory",
    pairs: [
      ["held", bytesOf(bytes[place])],
      ["since", stampOf(data, time[place])],
      ["at most", most[place] > bytes[place] ? bytesOf(most[place]) : ""],
    ],
  };
}

function describeFindings(data, findings) {
  return {
    title: findings.length > 1 ? nounOf(findings.length, "finding") : findings[0].title,
    style: findings[0].severity,
    pairs: findings.slice(0, 8).map((finding) => [
      finding.rule, `${stampOf(data, finding.time)}  ${findings.length > 1 ? finding.title : ""}`,
    ]),
  };
}

/** Fills an element with a description. */
function showDescription(target, description) {
  const title = element("div", "title");
  title.append(element("i", `swatch ${description.style}`), element("b", "", description.title));
  const list = element("dl");
  for (const [term, value] of description.pairs) {
    if (value === "") continue;
    list.append(element("dt", "", term));
    const isBad = description.isBad && term === "result";
    list.append(element("dd", isBad ? "bad" : "", value));
  }
  target.replaceChildren(title, list);
}

/** Puts the tooltip next to the pointer, within the window. */
function placeTooltip(tip, x, y) {
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > window.innerWidth ? x - width - 12 : x + 16;
  const top = y + 16 + height > window.innerHeight ? y - height - 12 : y + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}
