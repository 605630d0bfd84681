"use strict";
// Pointer, wheel and keys over a timeline.

/** A turn of the wheel that began elsewhere goes on scrolling the page for so long. */
const WHEEL_PAUSE = 250;
let lastPageWheel = -Infinity;
document.addEventListener("wheel", (event) => {
  if (!event.target.closest?.("canvas.lanes, canvas.axis, canvas.overview")) {
    lastPageWheel = event.timeStamp;
  }
}, { passive: true });

class Gestures {
  constructor(view) {
    this.view = view;
    this.tip = document.getElementById("tooltip");
    for (const canvas of [view.canvas, view.axis, view.overview]) {
      canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    }
    view.canvas.addEventListener("pointerdown", (event) => this.press(event));
    view.canvas.addEventListener("pointermove", (event) => this.hover(event));
    view.canvas.addEventListener("pointerleave", () => this.hide());
    view.canvas.addEventListener("dblclick", () => view.reset());
    view.axis.addEventListener("pointermove", (event) => this.hoverAxis(event));
    view.axis.addEventListener("pointerleave", () => this.hide());
    view.axis.addEventListener("click", (event) => this.clickAxis(event));
    view.overview.addEventListener("pointerdown", (event) => this.pressOverview(event));
    view.stage.addEventListener("keydown", (event) => this.key(event));
  }

  // MARK: Wheel

  wheel(event) {
    const { view } = this;
    const isPage = event.timeStamp - lastPageWheel < WHEEL_PAUSE;
    if (isPage && !event.ctrlKey) {
      lastPageWheel = event.timeStamp;
      return;
    }
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (isSideways || event.shiftKey) {
      event.preventDefault();
      view.pan((isSideways ? event.deltaX : event.deltaY) / 1000);
      return;
    }
    // Where there is nothing further to see, the wheel is the page's again.
    if (event.deltaY > 0 && view.isWhole && !event.ctrlKey) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 24 : 1;
    const turn = Math.max(-240, Math.min(240, event.deltaY * lines));
    view.zoom(Math.exp(turn / 300), view.time(this.x(event, view.canvas)));
    this.hide();
  }

  x(event, canvas) { return event.clientX - canvas.getBoundingClientRect().left; }

  // MARK: Dragging

  press(event) {
    if (event.button !== 0 && event.button !== 1) return;
    const { view } = this;
    const start = this.x(event, view.canvas);
    const isPan = event.button === 1 || event.shiftKey;
    const [t0, t1] = [view.t0, view.t1];
    view.stage.focus({ preventScroll: true });
    this.hide();
    this.drag(view.canvas, event, (move) => {
      const x = this.x(move, view.canvas);
      if (isPan) {
        const by = ((start - x) / view.width) * (t1 - t0);
        view.setRange(t0 + by, t1 + by);
      } else if (Math.abs(x - start) > 4 || view.selection) {
        view.selection = [start, Math.max(0, Math.min(view.width, x))];
        view.draw();
      }
    }, (end) => this.release(end, isPan));
  }

  release(event, isPan) {
    const { view } = this;
    const chosen = view.selection;
    view.selection = null;
    if (chosen && Math.abs(chosen[1] - chosen[0]) > 4) {
      view.setRange(view.time(Math.min(...chosen)), view.time(Math.max(...chosen)));
      return;
    }
    view.draw();
    if (isPan) return;
    const item = this.item(event);
    if (item) view.pin(item); else view.unpin();
  }

  pressOverview(event) {
    const { view } = this;
    const go = (move) => {
      const middle = (this.x(move, view.overview) / view.width) * view.data.length;
      const half = (view.t1 - view.t0) / 2;
      view.setRange(middle - half, middle + half);
    };
    view.stage.focus({ preventScroll: true });
    if (!view.isWhole) go(event);
    this.drag(view.overview, event, go, () => {});
  }

  /** Follows the pointer until it is let go, wherever it is by then. */
  drag(canvas, event, moved, ended) {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    this.isDragging = true;
    const end = (last) => {
      canvas.removeEventListener("pointermove", moved);
      canvas.removeEventListener("pointerup", end);
      canvas.removeEventListener("pointercancel", end);
      this.isDragging = false;
      ended(last);
    };
    canvas.addEventListener("pointermove", moved);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  // MARK: Hovering

  item(event) {
    const box = this.view.canvas.getBoundingClientRect();
    return itemAt(this.view, event.clientX - box.left, event.clientY - box.top + this.view.top);
  }

  hover(event) {
    if (this.isDragging) return;
    const item = this.item(event);
    this.view.canvas.classList.toggle("on-item", item?.kind === "calls");
    if (item) this.show(item, event); else this.hide();
  }

  flag(event) {
    const x = this.x(event, this.view.axis);
    return this.view.flags.find((flag) => x >= flag.left - 1 && x <= flag.right + 1);
  }

  hoverAxis(event) {
    const flag = this.flag(event);
    this.view.axis.classList.toggle("on-item", Boolean(flag));
    if (flag) this.show({ kind: "findings", findings: flag.findings }, event); else this.hide();
  }

  clickAxis(event) {
    const flag = this.flag(event);
    if (!flag) return;
    this.hide();
    // Where one flag stands for several, a click comes closer first; where it cannot, it leads on.
    const times = flag.findings.map((finding) => finding.time);
    const [from, to] = [Math.min(...times), Math.max(...times)];
    const { view } = this;
    if (to - from > (view.t1 - view.t0) / 500 && flag.findings.length > 1) {
      view.setRange(from - (to - from) * 0.2, to + (to - from) * 0.2);
      return;
    }
    view.finding = flag.finding;
    view.draw();
    view.hooks.openFinding(flag.finding);
  }

  show(item, event) {
    showDescription(this.tip, describe(this.view.data, item));
    this.tip.hidden = false;
    placeTooltip(this.tip, event.clientX, event.clientY);
  }

  hide() { this.tip.hidden = true; }

  // MARK: Keys

  key(event) {
    if (event.target.closest("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.act(event.key, event.shiftKey ? 0.8 : 0.15)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Does what a key stands for; whether it stands for anything. */
  act(key, far = 0.15) {
    const { view } = this;
    const actions = {
      ArrowLeft: () => view.pan(-far),
      ArrowRight: () => view.pan(far),
      ArrowUp: () => view.scroller.scrollBy(0, -60),
      ArrowDown: () => view.scroller.scrollBy(0, 60),
      PageUp: () => view.pan(-0.9),
      PageDown: () => view.pan(0.9),
      Home: () => view.setRange(view.least, view.least + view.t1 - view.t0),
      End: () => view.setRange(view.most - (view.t1 - view.t0), view.most),
      "+": () => view.zoom(0.6),
      "=": () => view.zoom(0.6),
      "-": () => view.zoom(1 / 0.6),
      0: () => view.reset(),
      Escape: () => { view.unpin(); view.finding = null; view.draw(); },
      ".": () => this.step(1),
      ",": () => this.step(-1),
    };
    const action = actions[key];
    if (!action) return false;
    this.hide();
    action();
    return true;
  }

  /** Pins the next call in the order of time, so that keys reach every one. */
  step(by) {
    const { view } = this;
    const { spans } = view.shown;
    if (spans.length === 0) return;
    const now = view.pinned?.kind === "calls" ? spans.indexOf(view.pinned.place) : -1;
    const first = spans.findIndex((i) => view.data.spans.start[i] >= view.t0);
    const next = now < 0 ? Math.max(0, first) : now + by;
    if (next < 0 || next >= spans.length) return;
    view.pin({ kind: "calls", place: spans[next], others: 0 });
  }
}
