#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Measures what compiling takes and makes: compile_time.py TIMES.json SIZES.json [--examples]

User seconds and peak memory of the compiler, the better of two runs of short ones, and times those of a file that only includes
etch/etch.hpp; with --examples those of the examples too. Then the stripped size of a program that trains the article's
network, and the memory that it takes, beside a program that does nothing.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-std=c++20", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", f"-I{ROOT}/include", f"-I{ROOT}"]
LIMIT = {"g++": "-fconstexpr-ops-limit=1000000000", "clang++": "-fconstexpr-steps=100000000"}
LEVELS = ["x86-64", "x86-64-v3", "x86-64-v4"]  # of etch_dispatch
EXAMPLES = ["mnist", "three_ways", "cnn_mnist", "residual_cifar", "siamese", "two_outputs", "autoencoder", "transfer",
            "gesture_lstm"]


def used(command, text=""):
    """User seconds and megabytes of a command."""
    with tempfile.TemporaryFile() as given:
        given.write(text.encode())
        given.seek(0)
        child = subprocess.Popen([str(part) for part in command], stdin=given, stderr=subprocess.PIPE, cwd=ROOT)
        said = child.stderr.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{said}")
    return usage.ru_utime, usage.ru_maxrss / 1024


def resident(program):
    """Megabytes of a program at most: by `time`, for a child of Python begins with as many as Python has."""
    done = subprocess.run(["/usr/bin/time", "-f", "%M", program], capture_output=True, text=True, check=True)
    return int(done.stderr) / 1024


def compiling(compiler, *arguments, text="", runs=2):
    command = [compiler, LIMIT[compiler], *FLAGS, *arguments, "-c", "-o", "/dev/null"]
    return min(used(command, text) for _ in range(runs))


def cell(measured, base=None):
    seconds, megabytes = measured
    return f"{seconds:.1f} s, {megabytes:.0f} MB" + (f", {seconds / base[0]:.2f} x" if base else "")


def compiler_rows(compiler):
    """{what: cell}."""
    trainer, residual = "tests/benchmarks/trainer.cpp", "tests/benchmarks/residual.cpp"
    rows = {}
    for level in ["-O2", "-O3"]:
        header = compiling(compiler, level, "-x", "c++", "-", text="#include <etch/etch.hpp>\n")
        rows[f"a file that only includes etch.hpp, `{level}`"] = cell(header)
        rows[f"trainer of the article's network, `{level}`"] = cell(compiling(compiler, level, trainer), header)
    each = [compiling(compiler, "-O3", f"-march={level}", "-Wno-psabi", trainer) for level in LEVELS]
    rows["the same for one level, `-O3 -march=x86-64-v3`"] = cell(each[1])
    rows["the same for the three levels of etch_dispatch"] = cell((sum(s for s, _ in each), max(m for _, m in each)), each[1])
    rows["100 residual blocks (400 steps), prediction, `-O2`"] = cell(compiling(compiler, "-O2", residual, runs=1))
    rows["100 residual blocks, training, `-O2`"] = cell(compiling(compiler, "-O2", "-DTRAIN", residual, runs=1))
    return rows


def example_row():
    files = [ROOT / "examples" / name / f"{name}.cpp" for name in EXAMPLES]
    files = [file if file.exists() else file.with_name("desktop.cpp") for file in files]
    measured = [compiling("g++", "-O2", "-DETCH_HOST=1", file) for file in files]
    return [f"each of {len(files)} examples, `-O2`",
            f"{min(measured)[0]:.1f} to {max(measured)[0]:.1f} s, at most {max(m for _, m in measured):.0f} MB"]


def size_rows(folder):
    for level in ["-Os", "-O2", "-O3"]:
        for name, source in [("nothing", None), ("training of the article's network", "tests/benchmarks/trainer_main.cpp")]:
            program = folder / "program"
            files = [source, "tests/benchmarks/trainer.cpp"] if source else ["-x", "c++", "-"]
            used(["g++", LIMIT["g++"], *FLAGS, level, *files, "-s", "-o", program], "int main() {}\n")
            yield [f"{name}, `{level}`", f"{program.stat().st_size:,} bytes", f"{resident(program):.1f} MB"]


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    compilers = [name for name in LIMIT if shutil.which(name)]
    for name in LIMIT:
        if name not in compilers:
            print(f"compile time with {name}: not run here")
    columns = {name: compiler_rows(name) for name in compilers}
    rows = [[what, *(columns[name][what] for name in compilers)] for what in columns[compilers[0]]]
    if "--examples" in sys.argv:
        rows.append(example_row() + [""] * (len(compilers) - 1))
    versions = [subprocess.run([name, "-dumpversion"], capture_output=True, text=True, check=True).stdout.strip()
                for name in compilers]
    machine = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                    if line.startswith("model name")), "an unnamed processor")
    said = {"processor": machine, "load_avg": os.getloadavg(),
            "compiler": " and ".join(f"{name} {version}" for name, version in zip(compilers, versions))}
    Path(sys.argv[1]).write_text(json.dumps({"context": said | {"table": "compile time"}, "rows": rows,
                                             "columns": ["what", *compilers]}), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        sizes = list(size_rows(Path(folder)))
    Path(sys.argv[2]).write_text(json.dumps({"context": said | {"table": "sizes"}, "rows": sizes,
                                             "columns": ["program", "stripped", "resident memory"]}), encoding="utf-8")


if __name__ == "__main__":
    main()
