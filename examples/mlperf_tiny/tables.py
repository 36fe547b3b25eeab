# SPDX-License-Identifier: BSL-1.0
"""The numbers of the benchmark beside those of other engines, for the terminal and as Markdown."""

INTRODUCTION = """# MLPerf Tiny on Cortex-M

`./examples/mlperf_tiny/run.sh` measures this: the int8 reference models of MLPerf Tiny as firmware, beside other
engines. Instructions are counted in QEMU; they are not cycles. Every output is compared byte for byte.

The file of `vww` is mostly zeros: Etch leaves out channels that are constant for every input, which takes its 7.5
million multiply-accumulates to 3.8 million and keeps every output. `a MAC` counts those of the file all the same.
"""
CORES = {"m3": "Cortex-M3", "m4": "Cortex-M4F", "m7": "Cortex-M7", "m55": "Cortex-M55 (Helium)"}
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
HEAD = ["model", "engine", "instructions", "a MAC", "flash", "weights", "code", "RAM", "stack", "bound", "size mode",
        "its instructions", "outputs"]
WORDS = 2  # columns of words, then numbers


def number(value):
    return "" if value is None else f"{value:,}"


def etch_cells(row):
    small = row["size_mode"]
    return [row["model"], "Etch", number(row["instructions"]), f"{row['instructions'] / row['macs']:.2f}",
            number(row["flash"]), number(row["weights"]), number(row["code"]), number(row["ram"]),
            number(row["stack"]), number(row["stack_bound"]) or "none",
            f"{number(small['code'])} {100 * small['code'] / row['code']:.0f}%", number(small["instructions"]),
            f"{row['same']} + {small['same']} of {row['samples']}"]


def peer_cells(peer, peers, row):
    about = "about " if peer.get("estimate") else ""
    flash, code = peer.get("flash"), peer.get("code")
    return ["", peers["engines"][peer["engine"]]["name"], about + number(peer["instructions"]),
            f"{peer['instructions'] / row['macs']:.2f}", number(flash),
            number(flash - code if flash and code else None), number(code), number(peer.get("ram")), "", "", "", "", ""]


def lines_of(core, rows, peers):
    lines = [HEAD]
    for row in rows:
        if row["core"] != core:
            continue
        lines.append(etch_cells(row))
        lines += [peer_cells(peer, peers, row) for peer in peers["rows"]
                  if peer["core"] == core and peer["model"] == row["model"]]
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
    text += "\ninstructions are not cycles; what each number counts stands in mlperf_tiny.md\n"
    return text + "".join(f"{line}\n" for line in compared(rows) + why_no_bound(rows))


def markdown_table(lines):
    lines = aligned(lines)
    rule = ["-" * len(cell) if i < WORDS else "-" * (len(cell) - 1) + ":" for i, cell in enumerate(lines[0])]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def markdown(rows, peers, emulator):
    text = INTRODUCTION + "\n"
    for core in cores_of(rows):
        text += f"## {title(core, rows)}\n\n{markdown_table(lines_of(core, rows, peers))}\n\n"
    text += "## What is counted\n\nBytes, except instructions.\n\n"
    text += "".join(f"- {name}: {meaning}\n" for name, meaning in COUNTED.items())
    text += "".join(f"- {each['name']}: {each['how']}; {each['counts']}\n" for each in peers["engines"].values())
    text += "".join(f"- compared: {line}\n" for line in compared(rows))
    text += "".join(f"- no bound of the stack: {line}\n" for line in why_no_bound(rows))
    text += f"- emulator: {emulator}\n"
    flags = {}
    for row in rows:
        for mode, part in (("-O2", row), ("size mode", row["size_mode"])):
            flags[f"{CORES[row['core']]}, {mode}"] = f"{part['compiler']} `{part['flags']}`"
    return text + "".join(f"- {name}: {words}\n" for name, words in flags.items())
