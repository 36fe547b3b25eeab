#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""report.py takes medians, makes ratios and shares of the peak, and leaves what it does not write as it is."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

REPORT = Path(__file__).with_name("report.py")
CONTEXT = {"table": "peers", "processor": "Some Core", "vectors": "vectors of 256 bits", "compiler": "g++ 12.2",
           "load_avg": [3.25, 1, 1]}
TIMES = {"work 16/etch": [30, 20, 400], "work 16/etch, fused": [15, 15, 15], "work 16/onednn": [60, 60, 60],
         "work 16/eigen": [40, 1, 40], "work 4 <2/etch": [0.125, 5, 0.125], "int8 work/etch": [10, 10, 10],
         "int8 work/onnxruntime": [20, 20, 20], "registers alone/float": [7, 7, 7], "registers alone/int8": [7, 7, 7]}
RATES = {"registers alone/float": 50e9, "registers alone/int8": 100e9, "work 4 <2/etch": 1e9}
DOCUMENT = "before\n<!-- peers -->\nold\n<!-- end of peers -->\nafter\n<!-- size -->\n<!-- end of size -->\n"
SIZE = {"context": {"table": "size", "processor": "Some Core"}, "columns": ["what", "bytes"], "rows": [["a", 12], ["b", "7"]]}


def results(times, **context):
    runs = [{"run_type": "iteration", "run_name": f"{name}/min_time:0.050", "name": name, "cpu_time": time,
             "time_unit": "us", "mac": RATES.get(name, 25e9), "repetitions": len(each)}
            for name, each in times.items() for time in each]
    return {"context": CONTEXT | context, "benchmarks": runs + [{"run_type": "aggregate", "cpu_time": 9, "time_unit": "us"}]}


def run(root, document, *files):
    (root / "d.md").write_text(document, encoding="utf-8")
    names = []
    for k, each in enumerate(files):
        names.append(root / f"{k}.json")
        names[-1].write_text(json.dumps(each), encoding="utf-8")
    done = subprocess.run([sys.executable, REPORT, root / "d.md", root / "plot.svg", *names],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr, (root / "d.md").read_text(encoding="utf-8")


def check_peers(root):
    code, said, text = run(root, DOCUMENT, results(TIMES), SIZE)
    assert code == 0, said
    assert "libtorch: not run here" in said and "openblas: not run here" in said and "onednn: not" not in said, said
    assert text.startswith("before\n<!-- peers -->\n") and "<!-- end of peers -->\nafter\n" in text, text
    head = "Some Core, vectors of 256 bits, g++ 12.2, load 3.2, medians of 3 rounds. Microseconds"
    assert "old" not in text and head in text and "50 G of float, 100 G of int8" in text, text
    assert "| work 16 | 30.0 (25) | 15.0 (25) | eigen 40.0 | onednn 60.0 | 0.75 | 0.38 | 50 % | 2.0 |" in text, text
    assert "| int8 work | 10.0 (25) |  | onnxruntime 20.0 |  | 0.50 |  | 25 % | 4.0 |" in text, text
    assert "| work 4 <2 | 0.125 (1) |  |  |  |  |  | 2.0 % | 50.0 |" in text, text
    assert "registers alone |" not in text and text.index("work 4") < text.index("work 16"), text
    assert text.endswith("<!-- size -->\nSome Core.\n\n| what | bytes |\n|---|---|\n| a | 12 |\n| b | 7 |\n<!-- end of size -->\n"), text
    svg = (root / "plot.svg").read_text(encoding="utf-8")
    words = [each.text for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert all(word in words for word in ["work 16", "0.75", "0.38", "int8 work", "0.50"]), words
    assert "work 4 <2" not in words and "registers alone" not in words, words


def check_grid(root):
    times = {"model/portable": [300, 300, 1], "model/avx2": [20, 20, 20], "other/portable": [5, 5, 5]}
    code, said, text = run(root, "<!-- int8 -->\n<!-- end of int8 -->\n", results(times, table="int8"))
    assert code == 0, said
    assert "| what | avx2 | portable |\n|---|---|---|\n| model | 20.0 | 300 |\n| other |  | 5.0 |\n" in text, text


def check_refused(root):
    wrong = results(TIMES)
    wrong["benchmarks"][0]["time_unit"] = "ms"
    for document, each, sentence in [("no place here\n", results(TIMES), "no place for the table"),
                                     (DOCUMENT, results({}), "there are no results"),
                                     (DOCUMENT, wrong, "microseconds were expected")]:
        code, said, text = run(root, document, each)
        assert code == 1 and sentence in said and text == document, (code, said, text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for check in [check_peers, check_grid, check_refused]:
            check(Path(folder))
    print("report.py: as expected")


if __name__ == "__main__":
    main()
