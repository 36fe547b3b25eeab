# SPDX-License-Identifier: BSL-1.0
"""Reports in a browser: every part, every control by Tab, contrast as it is computed, no error, no overflow.

    browser_test.py <etch>

Exit code 77, which CTest counts as skipped: no Chromium, no selenium, or no ETCH_MATERIAL.
"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from contrast import colour, contrast, mixed

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select
except ImportError:
    webdriver = None
ETCH = sys.argv.pop(1) if len(sys.argv) > 1 else "etch"
MODELS = pathlib.Path(os.environ.get("ETCH_MATERIAL", "/nowhere")) / "models"
KWS = MODELS / "mlperf_tiny/kws/kws_ref_model.tflite"
HOSTILE = b"</script><b id=x>"

# Text elements with their colour and what lies below, as the browser computed them.
TEXTS = """
const found = [];
for (const e of document.querySelectorAll("body *")) {
  if (!e.checkVisibility() || ["SCRIPT", "STYLE", "OPTION"].includes(e.tagName)) continue;
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
  const svg = e instanceof SVGElement, back = [];
  for (let p = e; p; p = p.parentElement) {
    const rect = svg && p.tagName === "g" && p.querySelector(":scope > rect");
    back.push(rect ? getComputedStyle(rect).fill : getComputedStyle(p).backgroundColor);
  }
  found.push([e.textContent.slice(0, 40), svg ? getComputedStyle(e).fill : getComputedStyle(e).color, back]);
}
return found;
"""
CONTROLS = """
return [...document.querySelectorAll("button, select, input, a[href], summary, [tabindex='0']")]
  .filter((e) => e.checkVisibility()).length;
"""
FOCUSED = """
const e = document.activeElement, of = (x) => { const s = getComputedStyle(x);
  return [s.outlineStyle, s.outlineWidth, s.stroke, s.strokeWidth].join(" "); };
if (!e || e === document.body) return null;
const shown = e.querySelector(":scope > rect") || e, focused = of(shown), visible = e.matches(":focus-visible");
e.blur();
const plain = of(shown);
e.focus();
return [e.tagName + " " + (e.id || e.textContent.slice(0, 20) || e.getAttribute("aria-label")), visible, focused, plain];
"""


def floats_file(path):
    """200 samples of one number: what the sine model of floats takes."""
    path.write_bytes(struct.pack("<200f", *(i / 32 for i in range(200))))


def with_training(page):
    """The page of a model that can be trained, which no file of the material can: with an arena as training has it."""
    begin = '<script type="application/json" id="data">'
    head, rest = page.split(begin)
    data, tail = rest.split("</script>", 1)
    data = json.loads(data)
    need = {"optimizer": "SGD", "batch": 32, "arena": 475840, "optimizer_state": 0, "ram": 480276}
    data["training"] = {"weights": 4436, "trained": 4308, "needs": [need], "steps": ["Dense", "Loss", "Dense, backward"],
                        "forward": 1, "losses": 1, "arena": {
                            "tensors": [{"value": 4, "offset": 0, "bytes": 64, "first": 0, "last": 2}],
                            "occupied": [64, 64, 64], "peak": 0, "bytes": 64, "lower_bound": 64}}
    return head + begin + json.dumps(data) + "</script>" + tail


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        floats_file(root / "x.bin")
        float_model = MODELS / "tflm/hello_world_float.tflite"
        hostile = root / "hostile.tflite"
        data = KWS.read_bytes()
        name = next(n for n in (b"functional_1/dense/MatMul", b"functional_1/activation/Relu") if n in data)
        hostile.write_bytes(data.replace(name[:len(HOSTILE)], HOSTILE))
        cls.pages = {}
        for page, arguments in {
                "kws": [KWS, "--board", "nano33ble"], "hostile": [hostile, "--board", "bluepill", "--ram", "4K"],
                "ic": [MODELS / "mlperf_tiny/ic/pretrainedResnet_quant.tflite"],
                "quantized": [float_model, "--int8", "--calibrate", root / "x.bin"]}.items():
            cls.pages[page] = root / (page + ".html")
            subprocess.run([ETCH, "report", *map(str, arguments), "-o", cls.pages[page]], check=True,
                           stdout=subprocess.DEVNULL)
        cls.pages["training"] = root / "training.html"
        cls.pages["training"].write_text(with_training(cls.pages["kws"].read_text(encoding="utf-8")), encoding="utf-8")
        options = webdriver.ChromeOptions()
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()
        cls.folder.cleanup()

    def open(self, page, width=1280, theme="light"):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": theme}]})
        self.driver.get(self.pages[page].as_uri())

    def to_top(self):
        self.driver.execute_script("window.scrollTo({top: 0, behavior: 'instant'})")

    def parts(self):
        for part in [b.get_attribute("id") for b in self.driver.find_elements(By.CSS_SELECTOR, "nav button")]:
            self.to_top()
            self.driver.find_element(By.ID, part).click()
            yield part

    def tearDown(self):
        self.assertEqual(self.driver.get_log("browser"), [])

    def test_contrast_and_width_of_every_part(self):
        for page in self.pages:
            for width, theme in ((360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")):
                self.open(page, width, theme)
                for part in self.parts():
                    with self.subTest(page=page, width=width, theme=theme, part=part):
                        self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), width)
                        texts = self.driver.execute_script(TEXTS)
                        self.assertGreater(len(texts), 8)
                        for text, front, backs in texts:
                            below = (255, 255, 255)
                            for back in reversed(backs):
                                if back != "none":
                                    below = mixed(*colour(back), below)
                            self.assertGreaterEqual(contrast(mixed(*colour(front), below), below), 4.5, text)

    def test_every_control_is_reached_by_tab_and_shows_its_focus(self):
        for width in (360, 1280):
            self.open("kws", width)
            for part in self.parts():
                controls = self.driver.execute_script(CONTROLS)
                seen = []
                for _ in range(2 * controls + 4):
                    self.driver.switch_to.active_element.send_keys(Keys.TAB)
                    found = self.driver.execute_script(FOCUSED)
                    if found is None:  # past the last: the next is the first of the page
                        continue
                    name, visible, focused, plain = found
                    with self.subTest(part=part, control=name):
                        self.assertTrue(visible)
                        self.assertNotEqual(focused, plain)
                    if len(seen) > 2 and name == seen[0]:
                        break
                    seen.append(name)
                with self.subTest(part=part, width=width):
                    self.assertEqual(len(seen), controls, seen)

    def test_names_of_a_model_are_text(self):
        self.open("hostile")
        self.assertEqual(self.driver.find_elements(By.ID, "x"), [])
        self.assertIn("does not fit", self.driver.find_element(By.ID, "verdict").text)
        self.driver.find_element(By.ID, "tab-layers").click()
        self.assertIn(HOSTILE.decode(), self.driver.find_element(By.ID, "bars").text)

    def test_a_board_is_chosen_and_the_verdict_follows(self):
        self.open("ic")
        verdict, board = self.driver.find_element(By.ID, "verdict"), Select(self.driver.find_element(By.ID, "board"))
        self.assertIn("Choose a board", verdict.text)
        for name, answer in (("bluepill", "does not fit"), ("teensy40", "It fits Teensy")):
            board.select_by_value(name)
            self.assertIn(answer, verdict.text)
        before = verdict.text
        self.driver.find_element(By.ID, "inside").click()
        self.assertNotEqual(verdict.text, before)

    def test_the_graph_pans_and_tells_of_what_is_clicked(self):
        self.open("ic")
        self.driver.find_element(By.ID, "tab-graph").click()
        nodes = self.driver.find_elements(By.CSS_SELECTOR, "#graph .node")
        self.assertEqual(len(nodes), 17)
        nodes[2].click()
        self.assertIn("Step 1: CONV_2D", self.driver.find_element(By.ID, "details").text)
        nodes[3].send_keys(Keys.ENTER)
        self.assertIn("Step 2: CONV_2D", self.driver.find_element(By.ID, "details").text)
        world = self.driver.find_element(By.CSS_SELECTOR, "#graph svg > g")
        places = {world.get_attribute("transform")}
        pane = self.driver.find_element(By.ID, "graph")
        webdriver.ActionChains(self.driver).drag_and_drop_by_offset(pane, 60, 40).perform()
        places.add(world.get_attribute("transform"))
        for view in ("in", "out", "fit", "left", "down"):
            self.driver.find_element(By.CSS_SELECTOR, f"[data-view={view}]").click()
            places.add(world.get_attribute("transform"))
        self.assertGreaterEqual(len(places), 6)

    def test_each_value_of_the_arena_can_be_pointed_at(self):
        self.open("ic")
        self.driver.find_element(By.ID, "tab-memory").click()
        info = self.driver.find_element(By.ID, "arena-info")
        rectangles = self.driver.find_elements(By.CSS_SELECTOR, "#arena .tensor")
        self.assertEqual(len(rectangles), 24)
        webdriver.ActionChains(self.driver).move_to_element(rectangles[-3]).perform()
        self.assertIn(" bytes at ", info.text)
        self.assertEqual(len(self.driver.find_elements(By.CSS_SELECTOR, "#arena .bound")), 1)

    def test_what_training_takes_is_a_part_of_its_own(self):
        self.open("kws")
        self.assertEqual(self.driver.find_elements(By.ID, "tab-training"), [])
        self.open("training", 360)
        self.driver.find_element(By.ID, "tab-training").click()
        self.assertIn("1 forward and 1 backward steps", self.driver.find_element(By.ID, "training").text)
        self.driver.find_element(By.CSS_SELECTOR, "#training .tensor").click()
        self.assertIn("64 bytes at 0", self.driver.find_element(By.CSS_SELECTOR, "#training .info").text)

    def test_the_error_of_each_layer_is_a_bar(self):
        self.open("quantized")
        self.driver.find_element(By.ID, "tab-layers").click()
        self.driver.find_elements(By.CSS_SELECTOR, "#metrics button")[-1].click()
        text = self.driver.find_element(By.ID, "bars").text
        self.assertIn(" dB", text)
        self.assertRegex(text, r"holds \S+ to \S+, clips \S+ %; storing errs ")
        layers = self.driver.find_elements(By.CSS_SELECTOR, "#bars .why")
        self.assertEqual(len(self.driver.find_elements(By.CSS_SELECTOR, "#bars .why rect")), 24 * len(layers))

    def test_a_page_is_small_and_there_within_two_seconds(self):
        for page, path in self.pages.items():
            self.assertLess(path.stat().st_size, 300 * 1024, page)
        began = time.monotonic()
        self.open("ic")
        self.assertLess(time.monotonic() - began, 2)


if __name__ == "__main__":
    missing = [what for what, there in (("python3-selenium", webdriver), ("chromium", shutil.which("chromium")),
                                        ("chromium-driver", shutil.which("chromedriver")),
                                        ("ETCH_MATERIAL", KWS.exists())) if not there]
    if missing:
        print("skipped: without", ", ".join(missing))
        sys.exit(77)
    unittest.main()
