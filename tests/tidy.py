#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs clang-tidy over the desktop library, the emulator's plugin, and the core through an example: tidy.py [FILE ...]

Most of the work is the headers, so a batch of files is one translation unit. A batch in which something is
wrong is halved until a file is alone: names that two files have both do no harm, and a finding is that of its file.
"""
import glob
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SOURCES = ["codegen/*/*.cpp", "codegen/formats/*/*.cpp", "runtime/host/*.cpp", "runtime/host/*/*.cpp",
           "runtime/boards/cycles/*.cpp", "examples/three_ways/three_ways.cpp"]
ALONE = {"codegen/tool/main.cpp"}  # what it calls lies in a library
# Folders whose files give no name twice, so that they are one unit: each unit costs about 5 s for its headers.
TOGETHER = [
    "codegen/formats/onnx codegen/formats codegen/firmware",
    "codegen/formats/tflite codegen/declare codegen/testing",
    "codegen/tool codegen/quantize codegen/model",
    "codegen/formats/keras codegen/int8 runtime/host/files runtime/boards/cycles examples/three_ways",
    "runtime/host runtime/host/plot runtime/host/keras runtime/host/console runtime/host/threads",
    "runtime/host/data codegen/report codegen/page codegen/train",
    "codegen/prepare codegen/formats/etch runtime/host/training",
    "codegen/prove codegen/formats/rtneural",
]
FLAGS = ["-std=c++20", "-Iinclude", "-I.", "-DETCH_HOST=1", "-DETCH_PORTABLE_KERNELS", "-fconstexpr-steps=100000000",
         "-DETCH_HAS_HDF5", "-DETCH_HAS_LIBZIP"]


def flags():
    hdf5 = subprocess.run(["pkg-config", "--cflags", "hdf5-serial"], check=True, capture_output=True, text=True)
    return FLAGS + hdf5.stdout.split()


def batches(files):
    """Lists of files: those of folders that are named together, else of one folder."""
    group = {folder: number for number, folders in enumerate(TOGETHER) for folder in folders.split()}
    units = {}
    for file in sorted(files):
        folder = os.path.dirname(file)
        units.setdefault(file if file in ALONE else group.get(folder, folder), []).append(file)
    return sorted(units.values(), key=len, reverse=True)


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
