#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# What goes here: drives reports of `pmtrace analyze --report html=…` in a headless Chromium as a reader
# would, and complains where they do not do what Documentation/HTMLReport.md says.
#
#   check.py LEAK MANY HOSTILE [LARGE]
#
# LEAK is a report of one trace with a finding on a pagemap, MANY one of several traces with more than
# a hundred calls, HOSTILE one whose names try to become markup, LARGE one to measure. Prints a line a
# check; exits 1 where one fails. Needs chromium and chromedriver, and Python's standard library.
import sys

from webdriver import Browser

failures = []


def check(name, is_right, found=""):
    print(f"{'ok  ' if is_right else 'FAIL'} {name}" + (f": {found}" if found != "" else ""))
    if not is_right:
        failures.append(name)


def load(browser, path):
    """Opens a report; gives the milliseconds of CPU until it was ready."""
    browser.requests()
    before = browser.cpu()
    browser.open(path)
    ready = browser.wait(
        "return performance.getEntriesByName('pmtrace-ready').map((mark) => mark.startTime)[0]")
    check("it becomes ready", bool(ready))
    used = browser.cpu()
    # Smooth scrolling would move things away while they are pointed at.
    browser.run("document.documentElement.style.scrollBehavior = 'auto'")
    # The count begins anew where the page has another process.
    return 1000 * (used - before if used >= before else used)


def text(browser, selector):
    return browser.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)


def show_timeline(browser):
    browser.run("document.querySelector('.timeline').scrollIntoView()")
    browser.settle()


def in_view(browser):
    """The range that the toolbar tells."""
    browser.settle()
    return text(browser, ".toolbar .range")


def quiet(browser, path, name):
    complaints = browser.complaints()
    check(f"{name}: the console is silent", not complaints, complaints or "")
    asked = [url for url in browser.requests() if not url.startswith("data:")]
    check(f"{name}: nothing is requested but the file", asked == ["file://" + path], len(asked))


# --- One trace with a finding --------------------------------------------------------------------


def leak(browser, path):
    load(browser, path)
    browser.keys("tab")
    check("the first stop of Tab skips to the verdict",
          browser.run("return document.activeElement.className") == "skip")
    check("the verdict is told", text(browser, ".banner .verdict") == "FAIL")
    check("the first finding is open", browser.run(
        "return document.querySelector('details.finding').open"))
    show_timeline(browser)
    zooming(browser)
    hovering(browser)
    finding_links(browser)
    keyboard(browser)
    table(browser)
    filters(browser)
    theme(browser)
    paper(browser)
    quiet(browser, path, "leak")


def zooming(browser):
    browser.press(*browser.place("canvas.lanes", 0.9, 0.05))
    browser.keys("0")
    whole = in_view(browser)
    browser.wheel(*browser.place("canvas.lanes", 0.1, 0.5), -300)
    closer = in_view(browser)
    check("the wheel zooms", closer != whole, closer)
    start, end = browser.place("canvas.lanes", 0.3, 0.5), browser.place("canvas.lanes", 0.5, 0.5)
    browser.drag(start, end)
    selected = in_view(browser)
    check("a drag zooms to what it selects", selected != closer, selected)
    browser.click(".toolbar [aria-label^='Earlier']")
    check("a button moves", in_view(browser) != selected)
    browser.click(".toolbar [aria-label^='Show the whole']")
    check("a button shows the whole", in_view(browser) == whole)
    browser.drag(browser.place("canvas.overview", 0.5), browser.place("canvas.overview", 0.6))
    check("the strip does not move the whole", in_view(browser) == whole)
    browser.click(".toolbar [aria-label^='Zoom in']")
    before = in_view(browser)
    browser.press(*browser.place("canvas.overview", 0.9))
    check("the strip moves the view", in_view(browser) != before)
    browser.click(".toolbar [aria-label^='Show the whole']")


def hovering(browser):
    browser.keys("0")
    browser.settle()
    browser.move(*browser.place("canvas.lanes", 0.6, 0.55))
    browser.settle()
    tip = text(browser, "#tooltip")
    shown = browser.run("return !document.getElementById('tooltip').hidden")
    check("a pagemap shows its state under the pointer",
          shown and all(word in tip for word in ("pagemap 0x", "state", "references", "since")), tip)
    browser.press(*browser.place("canvas.lanes", 0.6, 0.55))
    check("a click pins it", "pagemap 0x" in text(browser, ".detail"))
    browser.keys("escape")
    check("escape lets it go", text(browser, ".detail") == "")


def finding_links(browser):
    browser.click("a.to-timeline")
    closer = in_view(browser)
    check("a finding leads to its place in the timeline", "ms" in closer, closer)
    check("the timeline has the focus then", browser.run(
        "return document.activeElement.classList.contains('stage')"))
    browser.run("document.querySelector('details.finding').open = false")
    # The flag hangs at the finding's moment: somewhere along the upper edge of the axis.
    for share in range(1, 100):
        x, y = browser.place("canvas.axis", share / 100, 0.2)
        browser.move(x, y)
        if browser.run("return document.querySelector('canvas.axis').classList.contains('on-item')"):
            check("a flag shows its finding", "leaked" in text(browser, "#tooltip"))
            browser.press(x, y)
            break
    check("a flag leads to its finding", browser.run(
        "const card = document.querySelector('details.finding');"
        "return card.open && card.contains(document.activeElement)"))
    show_timeline(browser)


def keyboard(browser):
    browser.press(*browser.place("canvas.lanes", 0.95, 0.02))
    browser.keys("0")
    whole = in_view(browser)
    browser.keys("+", "+")
    closer = in_view(browser)
    check("plus zooms in", closer != whole, closer)
    browser.keys("right")
    check("an arrow moves", in_view(browser) != closer)
    browser.keys("-", "0")
    check("0 shows the whole", in_view(browser) == whole)
    browser.keys(".")
    check("a dot pins a call with its details",
          all(word in text(browser, ".detail") for word in ("duration", "task", "CPU", "range",
                                                             "moved", "result")),
          text(browser, ".detail")[:60])
    browser.keys("escape", "?")
    check("? lists the shortcuts", browser.run("return document.querySelector('dialog').open"))
    browser.keys("escape")
    check("escape closes them", not browser.run("return document.querySelector('dialog').open"))
    browser.keys("/")
    check("/ goes to the text filter", browser.run(
        "return document.activeElement.classList.contains('find')"))
    browser.press(*browser.place("canvas.lanes", 0.95, 0.02))
    browser.keys("+", "+")
    closer = in_view(browser)
    browser.actions({"type": "key", "id": "keys", "actions": [
        {"type": "keyDown", "value": "\ue008"}]})
    browser.drag(browser.place("canvas.lanes", 0.6, 0.5), browser.place("canvas.lanes", 0.4, 0.5))
    browser.actions({"type": "key", "id": "keys", "actions": [
        {"type": "keyUp", "value": "\ue008"}]})
    check("Shift and a drag move", in_view(browser).split("+")[1] == closer.split("+")[1]
          and in_view(browser) != closer, in_view(browser))
    browser.keys("0", "n")
    check("n goes to a finding", in_view(browser) != whole)
    browser.run("document.activeElement.blur()")
    seen = set()
    for _ in range(60):
        browser.keys("tab")
        seen.add(browser.run("return document.activeElement.className || "
                             "document.activeElement.tagName"))
    check("Tab reaches findings, filters and the timeline",
          {"SUMMARY", "SELECT", "stage", "find"} <= seen, sorted(seen))


def table(browser):
    show_timeline(browser)
    browser.press(*browser.place("canvas.lanes", 0.95, 0.02))
    browser.keys("0", "t")
    rows = browser.run("return document.querySelectorAll('.data-table tbody tr').length")
    check("t shows a table of the calls", rows == 3, rows)
    browser.click(".data-table th:nth-child(2) button")
    first = text(browser, ".data-table tbody tr td:nth-child(2)")
    browser.click(".data-table th:nth-child(2) button")
    check("a head sorts it", first != text(browser, ".data-table tbody tr td:nth-child(2)"))
    check("and keeps the focus", browser.run(
        "return document.activeElement.closest('th')?.cellIndex") == 1)
    check("which is told to everyone", browser.run(
        "return document.querySelector('.data-table th:nth-child(2)').ariaSort") == "descending")
    browser.click(".data-table .tabs button:nth-child(2)")
    steps = browser.run("return document.querySelectorAll('.data-table tbody tr').length")
    check("another table shows the steps of pagemaps", steps > 3, steps)
    browser.click(".data-table tbody button")
    check("a row leads to its place", "pagemap 0x" in text(browser, ".detail"))
    browser.click(".toolbar > button:last-child")
    check("a button hides the table", browser.run(
        "return document.querySelector('.data-table').hidden"))


def filters(browser):
    show_timeline(browser)
    labels = "return document.querySelectorAll('.label').length"
    every = browser.run(labels)
    browser.click(".chip.to-device")
    check("a chip hides a direction", browser.run(labels) == every - 1)
    browser.click(".chip.to-device")
    browser.type(".find", "fault")
    check("text filters", text(browser, ".matches").startswith("1 of 3"), text(browser, ".matches"))
    browser.click(".filters > button")
    check("clear shows everything again", browser.run(labels) == every)
    browser.type(".filters label:nth-child(3) input", "0xff36ccee44c28298")
    check("an address filters", "1 of 1 pagemap" in text(browser, ".matches"))
    check("and leaves its finding", not browser.run(
        "return document.querySelector('details.finding').classList.contains('filtered')"))
    browser.type(".filters label:nth-child(3) input", "0")
    check("what has no such object steps back", browser.run(
        "return document.querySelector('details.finding').classList.contains('filtered')"))
    browser.click(".filters > button")
    for number, name in ((1, "device"), (2, "task")):
        browser.run(
            "const select = document.querySelectorAll('.filters select')[arguments[0]];"
            "select.selectedIndex = 1;"
            "select.dispatchEvent(new Event('input', {bubbles: true}));", number - 1)
        check(f"a {name} filters", " of 3 spans" in text(browser, ".matches"),
              text(browser, ".matches"))
        browser.click(".filters > button")


def theme(browser):
    ground = "return getComputedStyle(document.body).backgroundColor"
    browser.click("#theme")
    light = browser.run(ground)
    browser.click("#theme")
    dark = browser.run(ground)
    check("a button changes the theme", light != dark, f"{light}, {dark}")
    for name in ("dark", "light"):
        low = contrasts(browser)
        check(f"contrast of text is at least 4.5, {name}", not low, low or "")
        browser.click("#theme")
        if name == "dark":
            browser.click("#theme")


def contrasts(browser):
    """Texts whose contrast with what they stand on is too low."""
    return browser.run("""
      const channel = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      const light = (c) => 0.2126 * channel(c[0] / 255) + 0.7152 * channel(c[1] / 255)
        + 0.0722 * channel(c[2] / 255);
      const parse = (text) => text.match(/[0-9.]+/g).map(Number);
      const ground = (e) => {
        for (; e; e = e.parentElement) {
          const c = parse(getComputedStyle(e).backgroundColor);
          if (c.length < 4 || c[3] > 0.99) return c;
        }
        return [255, 255, 255];
      };
      const low = [];
      for (const e of document.querySelectorAll('body *')) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        if (!own || !e.checkVisibility() || e.disabled || e.closest('svg, script')) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) low.push(`${e.className || e.tagName} ${ratio.toFixed(2)}`);
      }
      return [...new Set(low)];""")


def paper(browser):
    browser.devtools("Emulation.setEmulatedMedia", media="print")
    check("paper has a still picture instead of the timeline", browser.run(
        "return document.querySelector('.still').checkVisibility()"
        " && !document.querySelector('.view').checkVisibility()"))
    pdf = browser.devtools("Page.printToPDF", printBackground=True)
    check("it prints", len(pdf["data"]) > 10_000, f"{len(pdf['data']) * 3 // 4} bytes")
    browser.devtools("Emulation.setEmulatedMedia", media="")


# --- Several traces, hostile names, size -----------------------------------------------------------


def many(browser, path):
    load(browser, path)
    check("an index names all traces", browser.run(
        "return document.querySelectorAll('.index tbody tr').length === "
        "document.querySelectorAll('section.trace').length"))
    made = "return [...document.querySelectorAll('.view')].map((view) => view.children.length > 0)"
    before = browser.run(made)
    check("only timelines near the screen are made", not all(before), before)
    browser.run("document.querySelector('.index tbody tr:last-child a').click()")
    browser.run("[...document.querySelectorAll('.view')].at(-1).scrollIntoView()")
    check("the others are made when they are seen",
          browser.wait(made + ".at(-1)"))
    browser.click(".index thead th:nth-child(3) button")
    check("the index sorts", browser.run(
        "return document.querySelector('.index thead th:nth-child(3)').ariaSort") == "ascending")
    quiet(browser, path, "many")


def hostile(browser, path):
    load(browser, path)
    show_timeline(browser)
    browser.keys("t", ".", "n")
    browser.move(*browser.place("canvas.lanes", 0.5, 0.7))
    browser.settle()
    check("no name became markup", browser.run(
        "return document.querySelectorAll('img, iframe, object, embed, b b, x-evil').length === 0"
        " && document.scripts.length === 1 + document.querySelectorAll('.view').length"))
    check("no name ran", browser.run("return window.evil === undefined"))
    steering = browser.run(
        "return /[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u202a-\\u202e"
        "\\u2066-\\u2069]/.test(document.body.innerText)")
    check("no name steers the reader's text", not steering)
    check("the names are there as text", "<script>" in browser.run("return document.body.innerText"))
    quiet(browser, path, "hostile")


def large(browser, path):
    ready = load(browser, path)
    check("it is ready within 2 s of CPU", 0 < ready < 2000, f"{ready:.0f} ms")
    show_timeline(browser)
    before = browser.cpu()
    frames = browser.run_async("""
      const done = arguments[0];
      const canvas = document.querySelector('canvas.lanes');
      const box = canvas.getBoundingClientRect();
      let n = 0;
      const frame = () => {
        if (++n > 90) return done(n - 1);
        canvas.dispatchEvent(new WheelEvent('wheel', {bubbles: true, cancelable: true,
          clientX: box.left + box.width * 0.37, clientY: box.top + 50,
          deltaY: n % 45 < 22 ? -60 : 60}));
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);""")
    each = 1000 * (browser.cpu() - before) / frames
    check("zooming is fluid", 0 < each < 34, f"a frame takes {each:.1f} ms of CPU")
    quiet(browser, path, "large")


def main(paths):
    with Browser() as browser:
        for run, path in zip((leak, many, hostile, large), paths):
            run(browser, path)
    if failures:
        print(f"{len(failures)} checks failed", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
