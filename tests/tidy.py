#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs clang-tidy over the desktop library, the emulator's plugin, and the core through an example: tidy.py [FILE ...]

Most of the work is the headers, so a batch of files of one folder is one translation unit. A batch in which something is
wrong is halved until a file is alone: names that two files have both do no harm, and a finding is that of its file.
"""
import glob
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

SOURCES = ["codegen/*/*.cpp", "codegen/formats/*/*.cpp", "runtime/host/*.cpp", "runtime/host/*/*.cpp",
           "runtime/boards/cycles/*.cpp", "examples/three_ways/three_ways.cpp"]
ALONE = {"codegen/tool/main.cpp"}  # what it calls lies in a library
BATCH = 24
FLAGS = ["-std=c++20", "-Iinclude", "-I.", "-DETCH_HOST=1", "-DETCH_PORTABLE_KERNELS", "-fconstexpr-steps=100000000",
         "-DETCH_HAS_HDF5", "-DETCH_HAS_LIBZIP"]


def flags():
    hdf5 = subprocess.run(["pkg-config", "--cflags", "hdf5-serial"], check=True, capture_output=True, text=True)
    return FLAGS + hdf5.stdout.split()


def batches(files):
    for _, folder in groupby(sorted(files, key=lambda file: (file in ALONE, os.path.dirname(file), file)),
                             key=lambda file: file if file in ALONE else os.path.dirname(file)):
        folder = list(folder)
        yield from (folder[first:first + BATCH] for first in range(0, len(folder), BATCH))


def findings(batch, options):
    """What clang-tidy says about these files, or nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as unit:
        unit.writelines(f'#include "{file}"\n' for file in batch)
        unit.flush()
        source = batch if len(batch) == 1 else ["--checks=-bugprone-suspicious-include", unit.name]
        run = subprocess.run(["clang-tidy", "--quiet", "--config-file=.clang-tidy", *source, "--", *options],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if run.returncode == 0:
        return ""
    if len(batch) == 1:
        return run.stdout or f"clang-tidy ended with {run.returncode} on {batch[0]}\n"
    half = len(batch) // 2
    return findings(batch[:half], options) + findings(batch[half:], options)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    files = sys.argv[1:] or [file for pattern in SOURCES for file in glob.glob(pattern)]
    options = flags()
    wrong = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for text in pool.map(lambda batch: findings(batch, options), batches(files)):
            sys.stdout.write(text)
            wrong |= bool(text)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
