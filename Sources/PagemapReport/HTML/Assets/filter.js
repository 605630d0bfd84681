"use strict";
// What is shown: by device, direction, task, object and text. A filter is the same for picture,
// table and findings.

const KINDS = ["pagemap", "device-allocation", "range", "mm"];

/** The controls; calls `changed` with the filter's values whenever one of them is used. */
class FilterBar {
  constructor(data, changed) {
    this.data = data;
    this.hidden = new Set();
    this.device = choice("Device", data.devices, "all devices");
    this.task = choice("Task", data.tasks, "all tasks");
    this.object = field("Object", "address or kind", "An address such as 0xff36…, or a kind: "
      + KINDS.join(", "));
    this.text = field("Text", "anything shown", "Words that a call or a finding shows");
    this.text.input.classList.add("find");
    this.count = element("output", "matches");
    this.clear = button("Clear", () => this.reset());
    this.directions = element("div", "chips");
    this.directions.setAttribute("role", "group");
    this.directions.setAttribute("aria-label", "Directions");
    DIRECTIONS.forEach((direction, i) => this.addDirection(direction, i));
    this.root = element("div", "filters");
    this.root.append(this.device.label, this.task.label, this.object.label, this.text.label,
      this.clear, this.count);
    this.root.addEventListener("input", () => changed());
    this.changed = changed;
  }

  addDirection(direction, i) {
    if (!this.data.spans.direction.includes(i)) return;
    const chip = button(direction.name, () => {
      const isShown = this.hidden.delete(i);
      if (!isShown) this.hidden.add(i);
      chip.setAttribute("aria-pressed", String(isShown));
      this.changed();
    });
    chip.className = `chip ${direction.style}`;
    chip.prepend(element("i"));
    chip.setAttribute("aria-pressed", "true");
    this.directions.append(chip);
  }

  reset() {
    this.hidden.clear();
    for (const part of [this.device, this.task, this.object, this.text]) part.input.value = "";
    for (const chip of this.directions.children) chip.setAttribute("aria-pressed", "true");
    this.changed();
  }

  get isActive() {
    return this.hidden.size > 0
      || [this.device, this.task, this.object, this.text].some((part) => part.input.value !== "");
  }

  /** Places of spans, lanes and findings that pass. */
  apply() {
    const { data } = this;
    const test = new FilterTest(data, {
      hidden: this.hidden,
      device: this.device.input.value === "" ? -1 : Number(this.device.input.value),
      task: this.task.input.value === "" ? -1 : Number(this.task.input.value),
      object: this.object.input.value.trim().toLowerCase(),
      text: this.text.input.value.trim().toLowerCase(),
    });
    const spans = [];
    for (let i = 0; i < data.spans.n; i++) if (test.span(i)) spans.push(i);
    const lanes = data.lanes.filter((lane) => test.lane(lane));
    const findings = data.findings.filter((finding) => test.finding(finding));
    this.clear.disabled = !this.isActive;
    this.count.textContent = this.isActive
      ? `${countOf(spans.length)} of ${nounOf(data.spans.n, "span")}, ${lanes.length} of `
        + nounOf(data.lanes.length, "pagemap")
      : `${nounOf(data.spans.n, "span")}, ${nounOf(data.lanes.length, "pagemap")}`;
    return { spans, lanes, findings };
  }
}

/** Decides for one set of values. Addresses are compared by index once those that match are known. */
class FilterTest {
  constructor(data, wanted) {
    this.data = data;
    this.wanted = wanted;
    const digits = wanted.object.replace(/^0x/, "");
    this.byAddress = wanted.object !== "" && /^[0-9a-f]+$/.test(digits);
    this.addresses = new Set();
    if (this.byAddress) {
      data.addresses.forEach((address, i) => {
        if (i > 0 && address.includes(digits)) this.addresses.add(i);
      });
      this.exact = digits.length <= 16 ? BigInt(`0x${digits}`) : null;
    }
  }

  span(i) {
    const { spans } = this.data;
    const { hidden, device, task, object, text } = this.wanted;
    if (hidden.has(spans.direction[i])) return false;
    if (device >= 0 && spans.device[i] !== device) return false;
    if (task >= 0 && spans.task[i] !== task) return false;
    if (object !== "" && !this.spanHasObject(i)) return false;
    return text === "" || this.spanText(i).includes(text);
  }

  spanHasObject(i) {
    const { spans } = this.data;
    const columns = [spans.pagemap, spans.allocation, spans.range, spans.mm];
    if (!this.byAddress) {
      return KINDS.some((kind, k) => kind.startsWith(this.wanted.object) && columns[k][i] > 0);
    }
    if (columns.some((column) => this.addresses.has(column[i]))) return true;
    if (spans.range[i] === 0 || this.exact === null) return false;
    const start = BigInt(`0x${this.data.addresses[spans.range[i]]}`);
    return this.exact >= start && this.exact < start + BigInt(spans.size[i]);
  }

  spanText(i) {
    const { data } = this;
    return [
      DIRECTIONS[data.spans.direction[i]].name, taskOf(data, data.spans.task[i]),
      deviceOf(data, data.spans.device[i]), resultOf(data, i), `cpu ${data.spans.cpu[i]}`,
      rangeOf(data, i), addressOf(data, data.spans.pagemap[i]),
      addressOf(data, data.spans.allocation[i]), addressOf(data, data.spans.mm[i]),
    ].join(" ").toLowerCase();
  }

  lane(lane) {
    const { device, task, object, text } = this.wanted;
    if (device >= 0 && lane.device !== device) return false;
    if (task >= 0 && !lane.task.includes(task)) return false;
    if (object !== "") {
      const fits = this.byAddress
        ? this.addresses.has(lane.address) : "pagemap".startsWith(object);
      if (!fits) return false;
    }
    if (text === "") return true;
    const words = [
      addressOf(this.data, lane.address), deviceOf(this.data, lane.device), "pagemap",
      ...new Set(lane.state.map((state) => STATES[state])),
      ...[...new Set(lane.task)].map((one) => taskOf(this.data, one)),
    ];
    return words.join(" ").toLowerCase().includes(text);
  }

  finding(finding) {
    const { device, task, object, text } = this.wanted;
    if (device >= 0 && finding.device !== "" && finding.device !== this.data.devices[device]) {
      return false;
    }
    if (task >= 0 && finding.task !== task) return false;
    if (object !== "") {
      const fits = this.byAddress
        ? this.addresses.has(finding.address) : finding.kind.startsWith(object);
      if (!fits) return false;
    }
    return text === ""
      || `${finding.rule} ${finding.severity} ${finding.title}`.toLowerCase().includes(text);
  }
}

// --- Elements --------------------------------------------------------------------------------
// Text of a trace only ever goes through textContent.

function element(tag, style, text) {
  const made = document.createElement(tag);
  if (style) made.className = style;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, action) {
  const made = element("button", "", text);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

function labelled(text, input) {
  const label = element("label");
  label.append(element("span", "", text), input);
  return { label, input };
}

function choice(text, values, all) {
  const select = element("select");
  select.append(new Option(all, ""));
  values.forEach((value, i) => { if (i > 0) select.append(new Option(value, String(i))); });
  return labelled(text, select);
}

function field(text, placeholder, title) {
  const input = element("input");
  input.type = "search";
  input.placeholder = placeholder;
  input.title = title;
  input.spellcheck = false;
  return labelled(text, input);
}
