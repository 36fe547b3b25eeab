#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Reads the sections of every firmware, runs it in QEMU, prints a table; writes sizes.md and sizes.json.

With --cycles, what the Cortex-M4 takes by the model of docs/cycles.md too."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

MODELS = {
    "gate": "xor 2-8-1",
    "digits": "digits 14x14-32-10, batch norm",
    "mnist": "MNIST 784-128-128-10, batch norm",
    "residual": "residual 16-32-32-4, Add, Concatenate",
}
MODELS |= {f"{name}_fused": f"{text}, fused" for name, text in MODELS.items()}
CORES = {"mps2-an385": "Cortex-M3, no FPU", "mps2-an386": "Cortex-M4F", "mps2-an500": "Cortex-M7",
         "mps3-an547": "Cortex-M55"}
CYCLES_BOARD = "mps2-an386"  # the one whose cycles are known
FLASHES = {
    "cycles": ("wait_states=0",
               "cycles of one prediction on the Cortex-M4 where memory answers at once, by the model of "
               "docs/cycles.md, whose rules of floating point are not calibrated"),
    "5 WS": ("wait_states=5,read_bytes=16,instruction_lines=64,data_lines=16",
             "the same with 5 wait states of flash, reads of 16 bytes, caches of 1 KB and 256 bytes; the prediction "
             "before has filled them"),
}
COUNTED = {
    "text": "code of the whole image: model, startup, vectors, a main without output, libgcc; with padding",
    "rodata": "constants of the whole image, without weights (.rodata, .ARM.exidx, .init_array)",
    "etch": "text and rodata of the model's object before linking: what Etch adds",
    "weights": "section .weights",
    "data": "initialized variables",
    "bss": "zeroed variables: arena, one input, one output; without the stack",
    "arena": "what a prediction works in (part of bss)",
    "stack": "most bytes of stack in one prediction, measured by painting",
    "instructions": "of one prediction with its call, counted in QEMU (-icount shift=0): not cycles",
}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def counted(options):
    return COUNTED | ({name: what for name, (_, what) in FLASHES.items()} if options.cycles else {})


def sections(size, file):
    rows = re.findall(r"^(\.\S+)\s+(\d+)\s+\d+$", output(size, "-A", str(file)), re.M)
    return [(name, int(value)) for name, value in rows]


def total(found, *prefixes):
    return sum(value for name, value in found
               if any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes))


def rodata_in_text(map_file):
    """The linker script places .rodata in the section .text: its map tells them apart."""
    text = map_file.read_text().split("Linker script and memory map", 1)[1]
    text = re.search(r"^\.text\s.*?(?=^\.ARM\.exidx|^\.init_array)", text, re.M | re.S).group()
    return sum(int(size, 16) for size in re.findall(r"^ \.rodata\S*\s+0x[0-9a-f]+\s+(0x[0-9a-f]+)\s", text, re.M))


def compiler_and_flags(readelf, file):
    """As the compiler itself wrote them into the model's object."""
    found = re.search(r"DW_AT_producer\s*:.*?(GNU C\+\+\S*) (\S+ \S+) (-.*)",
                      output(readelf, "--debug-dump=info", str(file)))
    return "arm-none-eabi-g++ " + found.group(2), found.group(3).strip()


def measured(run, board, elf):
    lines = output("sh", run, board, str(elf)).split("\n")
    return {name: int(value) for name, value in (line.split() for line in lines if line)}


def cycles(options, model, board, elf):
    """Of one prediction, on average of all that the program makes."""
    if not options.cycles or board != CYCLES_BOARD:
        return {}
    result = {}
    for name, (flash, _) in FLASHES.items():
        file = elf.with_suffix(f".{name.replace(' ', '_')}.json")
        file.unlink(missing_ok=True)
        parameters = f"{options.cycles},roi={model}_predict,{flash},json={file},table={file.with_suffix('.txt')}"
        output("sh", options.run, "--cycles", parameters, board, str(elf))
        counted = json.loads(file.read_text())
        result[name] = round(counted["total"]["cycles"] / counted["calls"])
    return result


def measure(options, key):
    model, board, optimize = key.split(",")
    name = f"{model}_{board}{optimize}"
    size = options.folder / f"size_{name}.elf"
    found = sections(options.size, size)
    model_object = options.folder / f"size_{name}.firmware" / f"2-{model}.cpp.o"
    rodata = rodata_in_text(size.with_suffix(".map"))
    compiler, flags = compiler_and_flags(options.readelf, model_object)
    return {
        "model": MODELS[model], "core": CORES[board], "board": board, "optimize": optimize,
        "text": total(found, ".text") - rodata, "rodata": rodata + total(found, ".ARM.exidx", ".init_array"),
        "etch": total(sections(options.size, model_object), ".text", ".rodata"),
        "weights": total(found, ".weights"), "data": total(found, ".data"),
        "bss": total(found, ".bss", ".external_bss"),
        **measured(options.run, board, options.folder / f"measure_{name}.elf"),
        **cycles(options, model, board, options.folder / f"measure_{name}.elf"),
        "compiler": compiler, "flags": flags, "counted": counted(options),
    }


def check(rows):
    for model in MODELS.values():
        if len({row["checksum"] for row in rows if row["model"] == model}) > 1:
            sys.exit(f"error: {model} does not predict the same bits on all boards")


def cells(row):
    compiler = row["compiler"].removeprefix("arm-none-eabi-")
    cpu = re.search(r"-mcpu=\S+", row["flags"]).group()
    return [row["model"], row["core"], row["board"], compiler, f"{cpu} {row['optimize']}",
            *(str(row.get(column, "")) for column in row["counted"])]


def table(rows):
    words = 5  # columns of words, then numbers
    lines = [["model", "core", "board", "compiler", "flags", *rows[0]["counted"]], *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    rule = ["-" * width if i < words else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    lines.insert(1, rule)
    padded = ([text.ljust(width) if i < words else text.rjust(width)
               for i, (text, width) in enumerate(zip(line, widths))] for line in lines)
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)


def notes(rows, emulator):
    lines = [f"- `{name}`: {meaning}" for name, meaning in rows[0]["counted"].items()]
    lines.append(f"- emulator: {emulator}")
    flags = {}
    for row in rows:
        flags.setdefault((row["core"], row["optimize"]), f"{row['compiler']}: `{row['flags']}`")
    lines += [f"- {core} {optimize}: {text}" for (core, optimize), text in flags.items()]
    return "Bytes, except instructions and cycles.\n\n" + "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("size", "readelf", "run"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--cycles", help="the plugin that counts them")
    parser.add_argument("rows", nargs="+", help="<model>,<board>,<-Os or -O2>")
    return parser.parse_args()


def main():
    options = arguments()
    emulator = output(os.environ.get("QEMU_SYSTEM_ARM", "qemu-system-arm"), "--version").split("\n")[0]
    rows = [{**measure(options, key), "emulator": emulator} for key in options.rows]
    check(rows)
    text = table(rows) + "\n\n" + notes(rows, emulator) + "\n"
    print(text)
    (options.folder / "sizes.md").write_text(text)
    (options.folder / "sizes.json").write_text(json.dumps(rows, indent=2) + "\n")
    print(f"written: {options.folder}/sizes.md, {options.folder}/sizes.json")


if __name__ == "__main__":
    main()
