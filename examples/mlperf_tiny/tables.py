# SPDX-License-Identifier: BSL-1.0
"""The numbers of the benchmark beside those of other engines, for the terminal and as Markdown."""

INTRODUCTION = """# MLPerf Tiny on Cortex-M

`./examples/mlperf_tiny/run.sh%s` measures this: the int8 reference models of MLPerf Tiny as firmware, beside
other engines. Instructions are counted in QEMU; they are not cycles.%s Every output is compared byte for byte.

The file of `vww` is mostly zeros: Etch leaves out channels that are constant for every input, which takes its 7.5
million multiply-accumulates to 3.8 million and keeps every output. `a MAC` counts those of the file all the same.
"""
CORES = {"m3": "Cortex-M3", "m4": "Cortex-M4F", "m7": "Cortex-M7", "m55": "Cortex-M55 (Helium)"}
FLASHES = {
    "at_once": {"head": "cycles", "parameters": ["wait_states=0"],
                "meaning": "of one prediction on a Cortex-M4 whose memory answers at once"},
    "reads_of_16": {"head": "5 WS, 16 B", "parameters": ["wait_states=5", "read_bytes=16", "line_bytes=16",
                                                         "instruction_lines=64", "data_lines=16", "prefetch=cached"],
                    "meaning": "cycles where flash has 5 wait states and reads of 16 bytes, as that of an STM32L4R5 at "
                               "120 MHz in single bank mode, with caches of 1 KB of instructions and 256 bytes of "
                               "data"},
    "reads_of_8": {"head": "5 WS, 8 B", "parameters": ["wait_states=5", "read_bytes=8", "line_bytes=8",
                                                       "instruction_lines=128", "data_lines=32", "prefetch=cached"],
                   "meaning": "the same with reads of 8 bytes, as in dual bank mode"},
}
PUBLISHED = "reads_of_16"  # the boards of published results are in single bank mode
CYCLES_ARE = ("by the model of docs/cycles.md, within 4 % of ten programs on boards, whose instructions had no wait "
              "states; the most of all inputs")
COUNTED = {
    "instructions": "of one prediction with its call, the most of all inputs, counted in QEMU (-icount shift=0): "
                    "instructions, not cycles; exact to a tick of the counter (40, on the M55 31.25)",
    "a MAC": "instructions by the multiply-accumulates of the model's file, for all engines",
    "flash": "weights and code; startup, console and the program around the model are listed apart; no test vectors",
    "weights": "weights with the tables and multipliers of the layers",
    "code": "all other code and constants, libgcc and libc included",
    "RAM": "initialized and zeroed variables: the arena, which holds input and output, states (none of these models "
           "keeps any), the model's context, and the counter's 8 bytes; without the stack",
    "stack": "the most of one prediction, measured by painting",
    "bound": "the most stack that a prediction can take, as cmake/check_stack.py proves from every function and call; "
             "the build fails if that is over 512 bytes, in either mode",
    "size mode": "code at -Os -DETCH_SIZE_KERNELS, and what that is of the code at -O2",
    "its instructions": "those of a prediction in the size mode, which pays for code with time",
    "outputs": "samples of which every output byte is as it must be, at -O2 and in the size mode",
}
BEFORE_CYCLES = ["model", "engine", "instructions", "a MAC"]
ITS_CYCLES = "its cycles"
BEHIND_CYCLES = ["flash", "weights", "code", "RAM", "stack", "bound", "size mode", "its instructions", "outputs"]
WORDS = 2  # columns of words, then numbers


def number(value):
    return "" if value is None else f"{value:,}"


def counted(rows):
    """What each number is."""
    result = dict(COUNTED)
    if any("cycles" in row for row in rows):
        result |= {flash["head"]: f"{flash['meaning']}: `{' '.join(flash['parameters'])}`; {CYCLES_ARE}"
                   for flash in FLASHES.values()}
        result[ITS_CYCLES] = f"those of a prediction in the size mode, {FLASHES[PUBLISHED]['head']}"
    return result


def etch_cells(row, cycles):
    small = row["size_mode"]
    return [row["model"], "Etch", number(row["instructions"]), f"{row['instructions'] / row['macs']:.2f}",
            *(number(row["cycles"][name]) for name in cycles), number(row["flash"]), number(row["weights"]),
            number(row["code"]), number(row["ram"]), number(row["stack"]), number(row["stack_bound"]) or "none",
            f"{number(small['code'])} {100 * small['code'] / row['code']:.0f}%", number(small["instructions"]),
            *([number(small["cycles"][PUBLISHED])] if cycles else []),
            f"{row['same']} + {small['same']} of {row['samples']}"]


def peer_cells(peer, peers, row, cycles):
    flash, code, instructions = peer.get("flash"), peer.get("code"), peer.get("instructions")
    return ["", peers["engines"][peer["engine"]]["name"], number(instructions),
            f"{instructions / row['macs']:.2f}" if instructions else "",
            *(number(peer.get("cycles")) if name == PUBLISHED else "" for name in cycles), number(flash),
            number(flash - code if flash and code else None), number(code), number(peer.get("ram")),
            *[""] * (6 if cycles else 5)]


def lines_of(core, rows, peers):
    rows = [row for row in rows if row["core"] == core]
    cycles = list(FLASHES) if any("cycles" in row for row in rows) else []
    head = [*BEFORE_CYCLES, *(FLASHES[name]["head"] for name in cycles), *BEHIND_CYCLES]
    if cycles:
        head.insert(-1, ITS_CYCLES)
    lines = [head]
    for row in rows:
        lines.append(etch_cells(row, cycles))
        lines += [peer_cells(peer, peers, row, cycles) for peer in peers["rows"]
                  if peer["core"] == core and peer["model"] == row["model"] and (cycles or "instructions" in peer)]
    return lines


def aligned(lines):
    widths = [max(map(len, column)) for column in zip(*lines)]
    return [[cell.ljust(width) if i < WORDS else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths))]
            for line in lines]


def cores_of(rows):
    return list(dict.fromkeys(row["core"] for row in rows))


def title(core, rows):
    startup = [row["startup"] for row in rows if row["core"] == core]
    return f"{CORES[core]}, -O2; startup and console apart: {max(startup):,} bytes of flash"


def why_no_bound(rows):
    return [f"{row['model']} on {row['core']}: {row['no_stack_bound']}" for row in rows if "no_stack_bound" in row]


def compared(rows):
    """Where the outputs come from, one sentence for each origin."""
    origins = dict.fromkeys(row["compared_with"] for row in rows)
    return [f"{', '.join(dict.fromkeys(r['model'] for r in rows if r['compared_with'] == o))}: {o}" for o in origins]


def terminal(rows, peers):
    text = ""
    for core in cores_of(rows):
        lines = aligned(lines_of(core, rows, peers))
        text += f"\n{title(core, rows)}\n" + "\n".join("  ".join(line).rstrip() for line in lines) + "\n"
    text += "\ninstructions are not cycles; what each number is stands in mlperf_tiny.md\n"
    return text + "".join(f"{line}\n" for line in compared(rows) + why_no_bound(rows))


def markdown_table(lines):
    lines = aligned(lines)
    rule = ["-" * len(cell) if i < WORDS else "-" * (len(cell) - 1) + ":" for i, cell in enumerate(lines[0])]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def markdown(rows, peers, emulator):
    measured = any("cycles" in row for row in rows)
    intro = (" --cycles", "\nCycles of the Cortex-M4 are counted by the model of [cycles.md](cycles.md).")
    text = INTRODUCTION % (intro if measured else ("", "")) + "\n"
    for core in cores_of(rows):
        text += f"## {title(core, rows)}\n\n{markdown_table(lines_of(core, rows, peers))}\n\n"
    text += "## What is counted\n\nBytes, except instructions.\n\n"
    text += "".join(f"- {name}: {meaning}\n" for name, meaning in counted(rows).items())
    shown = {peer["engine"] for peer in peers["rows"] if measured or "instructions" in peer}
    text += "".join(f"- {each['name']}: {each['how']}; {each['counts']}\n" for name, each in peers["engines"].items()
                    if name in shown)
    text += "".join(f"- compared: {line}\n" for line in compared(rows))
    text += "".join(f"- no bound of the stack: {line}\n" for line in why_no_bound(rows))
    text += f"- emulator: {emulator}\n"
    flags = {}
    for row in rows:
        for mode, part in (("-O2", row), ("size mode", row["size_mode"])):
            flags[f"{CORES[row['core']]}, {mode}"] = f"{part['compiler']} `{part['flags']}`"
    return text + "".join(f"- {name}: {words}\n" for name, words in flags.items())
