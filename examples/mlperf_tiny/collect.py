#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the benchmark's programs in QEMU, compares every byte, writes what they take as mlperf_tiny.md and .json.

collect.py --build <build folder> --out <folder> [--cycles <plugin>] <board>,<model>...
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

import tables
import vectors

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
BOARDS = {"m3": "mps2-an385", "m4": "mps2-an386", "m7": "mps2-an500", "m55": "mps3-an547"}
CYCLES_BOARD = "m4"  # the one whose cycles are known
ANY_STACK = 1 << 20
HARNESS = re.compile(r"\d+-(firmware|startup|console|counter|stack)\.c\.o$")


def output(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def sections(elf):
    rows = re.findall(r"^(\.\S+)\s+(\d+)\s+\d+$", output("arm-none-eabi-size", "-A", elf), re.M)
    return {name: int(value) for name, value in rows}


def harness_bytes(map_file):
    """Flash of startup, console, counter and the program around the model, as the linker placed their sections."""
    placed = map_file.read_text().split("Linker script and memory map", 1)[1].split("\n.bss", 1)[0]
    pieces = re.findall(r"^ \.\S+\s+0x[0-9a-f]+\s+(0x[0-9a-f]+) (\S+)$", placed.split("\n.debug", 1)[0], re.M)
    return sum(int(size, 16) for size, file in pieces if HARNESS.search(file))


def flash(elf):
    found = sections(elf)
    weights = found.get(".weights", 0)
    whole = weights + sum(found.get(name, 0) for name in (".text", ".ARM.exidx", ".init_array", ".data"))
    harness = harness_bytes(elf.with_suffix(".map"))
    return {"flash": whole - harness, "weights": weights, "code": whole - harness - weights, "startup": harness,
            "ram": sum(found.get(name, 0) for name in (".data", ".bss", ".external_bss"))}


def stack_bound(elf):
    """The most that check_stack.py proves, or its sentence why there is no bound."""
    graphs = elf.with_suffix(".firmware").glob("*.ci")
    checked = subprocess.run(
        [sys.executable, ROOT / "cmake/check_stack.py", "--budget", str(ANY_STACK), "--elf", elf, "--objdump",
         "arm-none-eabi-objdump", "--function", "model_predict", *graphs], check=False, capture_output=True, text=True)
    if checked.returncode == 0:
        return int(re.search(r"at most (\d+) bytes", checked.stdout).group(1)), None
    return None, checked.stderr.strip()


def run(board, elf, folder, *options):
    """What the firmware prints, a number a line; its outputs are in output.bin."""
    (folder / "output.bin").unlink(missing_ok=True)
    command = ["sh", ROOT / "runtime/boards/arm/run.sh", *options, BOARDS[board], elf.resolve()]
    ran = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"error: {elf.name} stopped: {(ran.stdout + ran.stderr).strip()}")
    return {name: int(value) for name, value in (line.split() for line in ran.stdout.splitlines() if line)}


def cycles(plugin, elf, folder, flashes):
    """Of a prediction, the most of all inputs, for each kind of flash."""
    taken = {}
    for name in flashes:
        table, counted = (folder / f"{elf.stem}_{name}.{end}" for end in ("txt", "json"))
        counted.unlink(missing_ok=True)
        parameters = ["roi=model_predict", f"table={table.name}", f"json={counted.name}",
                      *tables.FLASHES[name]["parameters"]]
        run(CYCLES_BOARD, elf, folder, "--cycles", ",".join([str(plugin.resolve()), *parameters]))
        taken[name] = json.loads(counted.read_text())["most"]["cycles"]
    return taken


def same_samples(folder, expected, samples):
    """How many of the expected results the board gave, byte for byte."""
    found = (folder / "output.bin").read_bytes()
    if len(found) != len(expected) or samples != vectors.SAMPLES:
        return 0
    size = len(expected) // vectors.SAMPLES
    return sum(found[at:at + size] == expected[at:at + size] for at in range(0, len(expected), size))


def measured(options, board, elf, folder, expected, flashes):
    reported = run(board, elf, folder)
    bound, reason = stack_bound(elf)
    row = {**flash(elf), "instructions": reported["instructions"], "arena": reported["arena"],
           "states": reported["states"], "stack": reported["stack"], "stack_bound": bound,
           "same": same_samples(folder, expected, reported["samples"])}
    if reason:
        row["no_stack_bound"] = reason
    if options.cycles and board == CYCLES_BOARD:
        row["cycles"] = cycles(options.cycles, elf, folder, flashes)
    return row


def compiler_and_flags(elf):
    """As the compiler itself wrote them into the model's object."""
    text = output("arm-none-eabi-readelf", "--debug-dump=info", elf.with_suffix(".firmware") / "2-model.cpp.o")
    found = re.search(r"DW_AT_producer\s*:.*?GNU C\+\+\S* (\S+ \S+) (-.*)", text)
    return {"compiler": "arm-none-eabi-g++ " + found.group(1), "flags": found.group(2).strip()}


def measure(options, board, model):
    etch, file = options.build / "etch", options.out / "models" / f"{model}.tflite"
    folder = options.out / "runs" / f"{model}_{board}"
    folder.mkdir(parents=True, exist_ok=True)
    inspected = output(etch, "inspect", file)
    expected, source = vectors.vectors(etch, model, file, inspected, folder)
    elf = options.build / "examples/mlperf_tiny" / f"mlperf_{model}_{board}.elf"
    small = elf.with_name(f"mlperf_{model}_{board}_size.elf")
    return {"core": board, "board": BOARDS[board], "model": model, "samples": vectors.SAMPLES, "compared_with": source,
            "macs": int(re.search(r"^MACs:\s+([0-9,]+)", inspected, re.M).group(1).replace(",", "")),
            **measured(options, board, elf, folder, expected, list(tables.FLASHES)), **compiler_and_flags(elf),
            "size_mode": {**measured(options, board, small, folder, expected, [tables.PUBLISHED]),
                          **compiler_and_flags(small)}}


def progress(text):
    """One line on a terminal that the next one replaces."""
    if sys.stderr.isatty():
        print(f"\r{text:30}" if text else f"\r{30 * ' '}\r", end="", file=sys.stderr, flush=True)


def check(rows):
    wrong = [f"{row['model']} on {row['core']}{mode}" for row in rows
             for mode, part in (("", row), (" in the size mode", row["size_mode"])) if part["same"] != row["samples"]]
    if wrong:
        sys.exit("error: not every output has the bytes that it must have: " + ", ".join(wrong))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--cycles", type=pathlib.Path, help="the plugin that counts them")
    parser.add_argument("rows", nargs="+", help="<board>,<model>")
    options = parser.parse_args()
    rows = []
    for key in options.rows:
        board, model = key.split(",")
        progress(f"running {model} on {board}")
        rows.append(measure(options, board, model))
    progress("")
    emulator = output(os.environ.get("QEMU_SYSTEM_ARM", "qemu-system-arm"), "--version").split("\n")[0]
    peers = json.loads((HERE / "peers.json").read_text())
    print(tables.terminal(rows, peers))
    (options.out / "mlperf_tiny.md").write_text(tables.markdown(rows, peers, emulator))
    everything = {"emulator": emulator, "counted": tables.counted(rows), "rows": rows, "peers": peers}
    (options.out / "mlperf_tiny.json").write_text(json.dumps(everything, indent=2) + "\n")
    print(f"written: {options.out}/mlperf_tiny.md, {options.out}/mlperf_tiny.json")
    check(rows)


if __name__ == "__main__":
    main()
