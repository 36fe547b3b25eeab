#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""report.py takes medians, makes ratios to the fastest library, and leaves what it does not write as it is."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

REPORT = Path(__file__).with_name("report.py")
CONTEXT = {"num_cpus": 2, "vectors": "256 bits", "load_avg": [3.25, 1, 1]}
TIMES = {"work/etch": [30, 20, 400], "work/etch, fused": [15, 15, 15], "work/onednn": [60, 60, 60],
         "work/eigen": [40, 1, 40], "alone <2/etch": [5000, 5000, 5000]}
DOCUMENT = "before\n<!-- peers -->\nold\n<!-- end of peers -->\nafter\n"


def results(times):
    runs = [{"run_type": "iteration", "run_name": f"{name}/min_time:0.050", "name": name, "cpu_time": time,
             "time_unit": "us", "mac": 25e9, "repetitions": len(each)}
            for name, each in times.items() for time in each]
    return {"context": CONTEXT, "benchmarks": runs + [{"run_type": "aggregate", "cpu_time": 9, "time_unit": "us"}]}


def run(root, times, document):
    (root / "results.json").write_text(json.dumps(results(times)), encoding="utf-8")
    (root / "d.md").write_text(document, encoding="utf-8")
    done = subprocess.run([sys.executable, REPORT, root / "results.json", root / "d.md", root / "plot.svg"],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, (root / "d.md").read_text(encoding="utf-8")


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        code, error, text = run(root, TIMES, DOCUMENT)
        assert code == 0, error
        assert text.startswith("before\n<!-- peers -->\n") and text.endswith("<!-- end of peers -->\nafter\n"), text
        assert "old" not in text and "Medians of 3 rounds" in text and "load 3.2" in text, text
        assert "| work | 30.0 (25) | 15.0 (25) | 40.0 (25) | 60.0 (25) | 0.75 | 0.38 |" in text, text
        assert "| alone <2 | 5,000 (25) |  |  |  |  |  |" in text, text
        svg = (root / "plot.svg").read_text(encoding="utf-8")
        words = [each.text for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
        assert "work" in words and "0.75" in words and "0.38" in words and "alone <2" not in words, words
        before = "no place here\n"
        for times, document, sentence in [(TIMES, before, "no place for the table"), ({}, DOCUMENT, "there are no results")]:
            code, error, text = run(root, times, document)
            assert code == 1 and sentence in error and text == document, (code, error, text)
    print("report.py: as expected")


if __name__ == "__main__":
    main()
