#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The most stack that functions of a firmware can take, from what gcc says of every function.

Usage: check_stack.py --budget BYTES --elf FILE --objdump PROGRAM [--function NAME ...] [--report FILE] [CALL_GRAPH ...]

CALL_GRAPH are the .ci files of -fcallgraph-info=su. Functions of libraries, which have none, are read from the
disassembly, of Arm or RISC-V: every push and every subtraction from sp counts. Prints the deepest chains of calls. Exits with 1, and one
sentence, over the budget, on recursion, on a call through a pointer, and on frames that depend on data. Interrupt
handlers are not counted.
"""
import argparse
import re
import shutil
import subprocess
import sys

INDIRECT = "__indirect_call"
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
FRAME = re.compile(r"(\d+) bytes \(([a-z,]+)\)")


class Function:
    def __init__(self, frame, calls=(), dynamic=False):
        self.frame, self.calls, self.dynamic = frame, set(calls), dynamic


def from_call_graphs(paths):
    """Functions by their titles: the symbol, with the file before a colon where it is static."""
    functions = {}
    for path in paths:
        text = open(path, encoding="utf-8").read()
        for title, label in NODE.findall(text):
            frame = FRAME.search(label)
            if not frame:
                continue
            function = functions.setdefault(title, Function(0))
            function.frame = max(function.frame, int(frame.group(1)))
            function.dynamic |= frame.group(2) == "dynamic"
        for caller, callee in EDGE.findall(text):
            functions.setdefault(caller, Function(0)).calls.add(callee)
    return functions


def registers(text):
    """How many registers a list such as {r4, r5-r7, lr} or {d8-d11} names."""
    count = 0
    for part in text.split(","):
        ends = re.findall(r"\d+", part)
        count += int(ends[1]) - int(ends[0]) + 1 if "-" in part and len(ends) == 2 else 1
    return count


def read_arm(line, function, symbol):
    pushed = re.search(r"\t(?:push|stmdb\.?w?)\s+(?:sp!, )?\{([^}]*)\}", line)
    saved = re.search(r"\tvpush\s+\{([^}]*)\}", line)
    lowered = re.search(r"\tsubw?\.?w?\s+sp, (?:sp, )?#(\d+)", line)
    stored = re.search(r"\[sp, #-(\d+)\]!", line)
    if pushed and "sp!" not in line and "\tstm" in line:
        pushed = None
    if pushed:
        function.frame += 4 * registers(pushed.group(1))
    elif saved:
        function.frame += (8 if "d" in saved.group(1) else 4) * registers(saved.group(1))
    elif lowered:
        function.frame += int(lowered.group(1))
    elif stored:
        function.frame += int(stored.group(1))
    target = re.search(r"\tb(?:l|[a-z]{2})?(?:\.[nw])?\s+[0-9a-f]+ <([^>+]+)>", line)
    if target and target.group(1) != symbol:
        function.calls.add(re.sub(r"^__(.+)_veneer$", r"\1", target.group(1)))
    if re.search(r"\tblx\s+r", line):
        function.calls.add(INDIRECT)


def read_riscv(line, function, symbol):
    lowered = re.search(r"\taddi?\s+sp,sp,-(\d+)", line)
    if lowered:
        function.frame += int(lowered.group(1))
    elif re.search(r"\t(?:sub|add)\s+sp,sp,[a-z]", line):
        function.dynamic = True
    target = re.search(r"\t(?:j|jal|b[a-z]+)\s+(?:\w+,)*[0-9a-f]+ <([^>+]+)>", line)
    if target and target.group(1) != symbol:
        function.calls.add(target.group(1))
    if re.search(r"\tjalr\s+\w+$", line):
        function.calls.add(INDIRECT)


def from_disassembly(objdump, elf):
    """Every function of the firmware as its instructions show it, by symbol."""
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", elf], check=True, capture_output=True, text=True).stdout
    read = read_riscv if "riscv" in text.split("Disassembly", 1)[0] else read_arm
    functions, function, symbol = {}, None, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if head:
            symbol = head.group(1)
            function = functions[symbol] = Function(0)
        elif function is not None:
            read(line, function, symbol)
    return functions


class Search:
    def __init__(self, known, seen_in_elf):
        self.known, self.elf, self.worst, self.open = known, seen_in_elf, {}, []

    def function(self, name):
        if name in self.known:
            return self.known[name]
        return self.elf.get(name.rsplit(":", 1)[-1])

    def deepest(self, name):
        """Bytes and the chain of calls that takes them."""
        if name in self.worst:
            return self.worst[name]
        if name == INDIRECT:
            fail(f"{readable(self.open[-1])} calls through a pointer, so its stack has no bound")
        if name in self.open:
            circle = self.open[self.open.index(name):] + [name]
            fail("recursion has no bound: " + " -> ".join(readable(each) for each in circle))
        function = self.function(name)
        if function is None:  # inlined or discarded by the linker
            return 0, []
        if function.dynamic:
            fail(f"the frame of {readable(name)} depends on data (an array of variable length?), so its stack has no bound")
        self.open.append(name)
        below = max((self.deepest(callee) for callee in sorted(function.calls)), default=(0, []), key=lambda d: d[0])
        self.open.pop()
        self.worst[name] = function.frame + below[0], [(name, function.frame)] + below[1]
        return self.worst[name]


def readable(name):
    """A function's name as its source has it."""
    symbol, demangle = name.rsplit(":", 1)[-1], shutil.which("c++filt")
    if not demangle:
        return symbol
    return subprocess.run([demangle, symbol], check=True, capture_output=True, text=True).stdout.strip()


def fail(sentence):
    sys.exit(f"check_stack: {sentence}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--budget", type=int, required=True)
    parser.add_argument("--elf", required=True)
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--function", action="append")
    parser.add_argument("--report")
    parser.add_argument("call_graph", nargs="*")
    options = parser.parse_args()
    search = Search(from_call_graphs(options.call_graph), from_disassembly(options.objdump, options.elf))
    report = []
    for name in options.function or ["main"]:
        if search.function(name) is None or name not in search.elf:
            fail(f"{options.elf} has no function {name}")
        bytes_, chain = search.deepest(name)
        lines = [f"{name}: at most {bytes_} bytes of stack, budget {options.budget}"]
        lines += [f"{frame:8} {readable(callee)}" for callee, frame in chain]
        if bytes_ > options.budget:
            print("\n".join(lines))
            sys.stdout.flush()
            fail(f"{name} in {options.elf} may take {bytes_} bytes of stack, {bytes_ - options.budget} over its budget")
        report += lines
    print("\n".join(line for line in report if not line.startswith(" ")))
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            file.write("\n".join(report) + "\n")


if __name__ == "__main__":
    main()
