#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Damages files of Keras and looks at what `etch inspect` says: one sentence and exit code 1, or a model.

damage.py ETCH COUNT [h5 | keras]
"""
import os
import random
import subprocess
import sys
import tempfile

import layouts
from cases import MODELS

KINDS = ("nested model", "states", "conv2d", "bidirectional", "batch normalization")


def damaged(file, dice):
    """A copy that is cut off, or has bytes that are others, set, exchanged or moved."""
    bytes_ = bytearray(file)
    for _ in range(dice.choice((1, 1, 2, 5, 30))):
        if len(bytes_) < 64:
            break
        at = dice.randrange(len(bytes_)) if dice.random() < 0.5 else dice.randrange(min(4096, len(bytes_)))
        length = min(dice.choice((1, 1, 4, 8, 64)), len(bytes_) - at)
        way = dice.randrange(6)
        if way == 0:
            del bytes_[at:]
        elif way == 1:
            bytes_[at] ^= 1 << dice.randrange(8)
        elif way == 2:
            bytes_[at:at + length] = bytes([dice.choice((0, 0xff, 0x7f, 0x80))]) * length
        elif way == 3:
            bytes_[at:at + length] = dice.randbytes(length)
        elif way == 4:
            other = dice.randrange(len(bytes_) - length + 1)
            bytes_[at:at + length] = bytes_[other:other + length]
        else:
            del bytes_[at:at + length]
    return bytes(bytes_)


def written(folder, kind):
    files = []
    for name in KINDS:
        path = os.path.join(folder, "whole")
        (layouts.write_h5 if kind == "h5" else layouts.write_keras)(path, MODELS[name]())
        with open(path, "rb") as file:
            files.append(file.read())
    return files


def mistake_in(done):
    """What is wrong with an answer, or nothing."""
    lines = done.stderr.splitlines()
    if done.returncode == 0:
        return f"prints errors of a model: {lines[0]}" if lines else None
    if done.returncode != 1:
        return f"ends with {done.returncode}"
    one = len(lines) == 1 and lines[0].startswith("etch: ") and lines[0].isprintable() and not done.stdout
    return None if one else f"says {lines[:3]}"


def main():
    etch, count, kind = sys.argv[1], int(sys.argv[2]), (sys.argv[3:] or ["h5"])[0]
    refused, wrong = 0, []
    with tempfile.TemporaryDirectory() as folder:
        files, path = written(folder, kind), os.path.join(folder, "damaged")
        for seed in range(count):
            dice = random.Random(seed)
            with open(path, "wb") as file:
                file.write(damaged(dice.choice(files), dice))
            done = subprocess.run([etch, "inspect", path], capture_output=True, text=True, errors="replace", check=False)
            mistake = mistake_in(done)
            refused += done.returncode == 1
            if mistake:
                wrong.append(f"seed {seed}: {mistake}")
    print("\n".join(wrong[:20]))
    print(f"{count} damaged files ({kind}): {refused} refused in one sentence, {count - refused - len(wrong)} models, "
          f"{len(wrong)} wrong")
    return 1 if wrong or refused < count // 4 else 0


if __name__ == "__main__":
    sys.exit(main())
