#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_misra.py ETCH MODELS FOLDER: what cppcheck's MISRA addon finds in the C that is written of models is what the table
of docs/misra.md says, no rule more and none less. Exit code 77 without the addon."""
import array
import re
import shutil
import subprocess
import sys
from pathlib import Path

etch, models, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
DOCUMENT = Path(__file__).resolve().parents[3] / "docs/misra.md"


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True)


def findings(name, model, *options):
    """The rules, and where."""
    to = folder / name
    said = run(etch, "compile", model, "-o", to, "--name", name, *options)
    if said.returncode != 0:
        raise SystemExit(f"check_misra: {said.stderr}")
    said = run("cppcheck", "--quiet", "--addon=misra", "--std=c99", "-DETCH_WEIGHTS_IN_C", f"-I{to}",
               to / f"{name}_selftest.c", to / f"{name}_weights.c")
    return {rule: place for place, rule in re.findall(r"^(\S+?:\d+):.*\[misra-c2012-([\d.]+)\]$", said.stderr, re.M)}


def main():
    if not shutil.which("cppcheck") or "misra" in run("cppcheck", "--addon=misra", "--errorlist").stderr:
        print("check_misra: skipped, there is no cppcheck with its addon misra.py")
        raise SystemExit(77)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "samples.bin").write_bytes(array.array("f", (i / 16 for i in range(100))).tobytes())
    tflm = models / "tflm"
    found = {}
    for case in (("ints", tflm / "hello_world_int8.tflite"),
                 ("arena", tflm / "hello_world_float.tflite", "--ends-in-arena"),
                 ("states", tflm / "trained_lstm_int8.tflite", "--weights-blob"),
                 ("floats", tflm / "hello_world_float.tflite"),
                 ("shorts", tflm / "hello_world_float.tflite", "--int16", "--calibrate", folder / "samples.bin")):
        found.update(findings(*case))
    allowed = set(re.findall(r"^\| (\d+\.\d+) \|", DOCUMENT.read_text(), re.M))
    for rule in sorted(found.keys() - allowed):
        print(f"check_misra: rule {rule} is broken in {found[rule]}, and docs/misra.md says nothing of it")
    for rule in sorted(allowed - found.keys()):
        print(f"check_misra: docs/misra.md has a deviation from rule {rule}, which nothing breaks")
    if set(found) != allowed:
        raise SystemExit(1)
    print(f"misra ok: {len(found)} rules have deviations")


if __name__ == "__main__":
    main()
