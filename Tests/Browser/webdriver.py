# SPDX-License-Identifier: Apache-2.0
# What goes here: as much of the WebDriver protocol as the checks of the HTML report need, over HTTP to
# a chromedriver that is started for the purpose. Standard library only.
import base64
import json
import re
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"left": "\ue012", "up": "\ue013", "right": "\ue014", "down": "\ue015", "escape": "\ue00c",
        "tab": "\ue004", "enter": "\ue007", "shift": "\ue008", "home": "\ue011", "end": "\ue010"}


class Browser:
    """A headless Chromium. Use it as a context: it ends the driver and the browser it started."""

    def __init__(self, width=1400, height=1000, dark=False, chromium=None):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.base = f"http://127.0.0.1:{self.port()}"
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     f"--window-size={width},{height}", "--force-device-scale-factor=1"]
            + (["--force-dark-mode"] if dark else []),
        }
        if chromium:
            options["binary"] = chromium
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.session = f"/session/{answer['sessionId']}"
        self.post("/timeouts", {"script": 300_000})

    def port(self):
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found.group(1))
        raise RuntimeError("chromedriver did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", self.session)
        except (OSError, urllib.error.URLError):
            pass
        # The browser has ended with its session. A signal that asks may be blocked by who runs this.
        self.driver.kill()
        self.driver.wait(10)

    # --- The protocol ---------------------------------------------------------------------------

    def call(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.base + path, data=data, method=method,
            headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def post(self, path, body=None):
        return self.call("POST", self.session + path, body)

    def open(self, path):
        self.post("/url", {"url": "file://" + path})

    def run(self, script, *arguments):
        """Runs the body of a function in the page and gives what it returns."""
        return self.post("/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        return self.post("/execute/async", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def find(self, selector):
        return self.post("/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        try:
            self.post(f"/element/{self.find(selector)}/click")
        except RuntimeError as error:
            # It was made anew between being found and being clicked.
            if "stale element" not in str(error):
                raise
            self.post(f"/element/{self.find(selector)}/click")

    def type(self, selector, text):
        self.post(f"/element/{self.find(selector)}/value", {"text": text})

    # --- Pointer, wheel and keys ----------------------------------------------------------------

    def place(self, selector, x=0.5, y=0.5):
        """A place within an element, by shares of its size, in the window's pixels."""
        left, top, width, height = self.run(
            "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [b.left, b.top, b.width, b.height];", selector)
        return round(left + width * x), round(top + height * y)

    def actions(self, *sources):
        self.post("/actions", {"actions": list(sources)})

    def move(self, x, y):
        self.actions({"type": "pointer", "id": "mouse", "actions": [
            {"type": "pointerMove", "duration": 0, "x": x, "y": y}]})

    def press(self, x, y):
        self.drag((x, y), (x, y))

    def drag(self, start, end):
        self.actions({"type": "pointer", "id": "mouse", "actions": [
            {"type": "pointerMove", "duration": 0, "x": start[0], "y": start[1]},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerMove", "duration": 30, "x": end[0], "y": end[1]},
            {"type": "pointerUp", "button": 0}]})

    def wheel(self, x, y, by):
        self.actions({"type": "wheel", "id": "wheel", "actions": [
            {"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": by, "duration": 0}]})

    def keys(self, *keys):
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.actions({"type": "key", "id": "keys", "actions": actions})

    def settle(self):
        """Waits until two frames were drawn."""
        self.run_async("const done = arguments[0];"
                       "requestAnimationFrame(() => requestAnimationFrame(() => done()));")

    def wait(self, script, *arguments, seconds=300):
        """Waits until the script returns something true, and gives it. What never does is given up
        when minutes have passed, however busy the machine is."""
        until = time.monotonic() + seconds
        while True:
            value = self.run(script, *arguments)
            if value or time.monotonic() > until:
                return value
            time.sleep(0.03)

    # --- What the browser tells ------------------------------------------------------------------

    def cpu(self):
        """Seconds of CPU that the page's main thread has used since it was first asked in this page.
        What else the machine does is not in them, as it is in what a clock tells."""
        self.devtools("Performance.enable")
        metrics = self.devtools("Performance.getMetrics")["metrics"]
        return next(entry["value"] for entry in metrics if entry["name"] == "ThreadTime")

    def log(self, kind):
        return self.post("/se/log", {"type": kind})

    def complaints(self):
        """Warnings and errors of the console."""
        return [entry["message"] for entry in self.log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]

    def requests(self):
        """The addresses of every request since this was asked last."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", self.session + "/screenshot")))
