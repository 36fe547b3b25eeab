# SPDX-License-Identifier: BSL-1.0
"""Sixteen inputs of a model and the bytes that they must give."""
import os
import pathlib
import re
import subprocess

SAMPLES = 16
GOLDEN = "16 golden inputs, outputs of TensorFlow Lite Micro's int8 kernels"
DRAWN = "16 drawn inputs, for want of golden ones, outputs of `etch run` on the desktop"


def noise(count):
    """What golden/README.md says of its inputs: the high bytes of a linear congruential generator."""
    state, values = 12345, bytearray()
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(state >> 24)
    return bytes(values)


def golden(model):
    folder = pathlib.Path(os.environ.get("ETCH_MATERIAL") or "/nonexistent", "models/mlperf_tiny/golden")
    files = [folder / f"{model}_vec16_{end}.bin" for end in ("input", "output")]
    return [file.read_bytes() for file in files] if all(file.is_file() for file in files) else None


def input_bytes(inspected):
    """Of the line `input 0: 49x10x1 int8, ...` that `etch inspect` prints."""
    count = 1
    for extent in re.search(r"^input 0: ([0-9x]+) int8", inspected, re.M).group(1).split("x"):
        count *= int(extent)
    return count


def vectors(etch, model, file, inspected, folder):
    """Writes input.bin into the folder. Returns the expected bytes, and where they come from."""
    found = golden(model)
    if found:
        (folder / "input.bin").write_bytes(found[0])
        return found[1], GOLDEN
    (folder / "input.bin").write_bytes(noise(SAMPLES * input_bytes(inspected)))
    expected = folder / "expected.bin"
    subprocess.run([etch, "run", file, folder / "input.bin", "-o", expected], check=True, stdout=subprocess.DEVNULL)
    return expected.read_bytes(), DRAWN
