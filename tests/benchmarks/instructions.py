#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Counts what layers take on Arm64 and with AVX2: instructions.py RESULTS.json

Instructions times lanes over multiply-adds: what is left of a kernel's speed where a vector has other lanes. Arm64's are
counted in the emulator of programs, AVX2's by callgrind; a round's are those of 11 rounds less those of 1, by 10.
Needs g++-aarch64-linux-gnu, qemu-user and valgrind.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-std=c++20", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi",
         "-fconstexpr-ops-limit=1000000000", f"-I{ROOT}/include", f"-I{ROOT}"]
NEEDED = {"aarch64-linux-gnu-g++": "g++-aarch64-linux-gnu", "qemu-aarch64": "qemu-user", "valgrind": "valgrind"}


def output(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr}")
    return done.stdout, done.stderr


def build(folder):
    source = ROOT / "tests/benchmarks/instructions"
    output("g++", *FLAGS, "-march=x86-64-v3", source / "layers.cpp", "-o", folder / "avx2")
    output("aarch64-linux-gnu-g++", *FLAGS, "-static", source / "layers.cpp", "-o", folder / "arm64")
    output("g++", "-std=c++20", "-O2", "-shared", "-fPIC", f"-I{ROOT}", source / "plugin.cpp", "-o", folder / "plugin.so")


def total(folder, target, name, rounds):
    if target == "avx2":
        said = output("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", folder / "avx2", name, rounds)[1]
        return int(re.search(r"Collected : (\d+)", said)[1])
    said = output("qemu-aarch64", "-plugin", folder / "plugin.so", folder / "arm64", name, rounds)[1]
    return int(re.search(r"instructions: (\d+)", said)[1])


def works(folder, target):
    command = [folder / target] if target == "avx2" else ["qemu-aarch64", folder / target]
    return {name: (int(macs), int(lanes)) for name, macs, lanes in map(str.split, output(*command)[0].splitlines())}


def rows(folder):
    counts = {target: works(folder, target) for target in ["avx2", "arm64"]}
    for name in counts["avx2"]:
        taken = {}
        for target, each in counts.items():
            macs, lanes = each[name]
            taken[target] = (total(folder, target, name, 11) - total(folder, target, name, 1)) / 10 * lanes / macs
        yield [name.replace("_", ", "), *(f"{taken[target]:.2f}" for target in taken), f"{taken['arm64'] / taken['avx2']:.2f}"]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        sys.exit(f"instructions: not run here: apt-get install {' '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        counted = list(rows(Path(folder)))
    compiler = output("g++", "-dumpfullversion")[0].strip()
    context = {"table": "instructions", "compiler": f"g++ {compiler}", "load_avg": os.getloadavg(),
               "processor": "QEMU's Arm64 (vectors of 128 bits) and callgrind's AVX2 (256 bits)"}
    columns = ["instructions x lanes / multiply-adds", "AVX2", "Arm64", "ratio"]
    Path(sys.argv[1]).write_text(json.dumps({"context": context, "columns": columns, "rows": counted}), encoding="utf-8")


if __name__ == "__main__":
    main()
