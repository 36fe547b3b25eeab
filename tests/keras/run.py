#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes models in each layout of Keras and compares what `etch run` gives with NumPy.

run.py ETCH [NAME...]   the tool, and which cases: all if left out
"""
import os
import subprocess
import sys
import tempfile

import numpy as np

import layouts
import operations
from cases import MODELS

TOLERANCE = 1e-5

WAYS = {
    "h5 of Keras 2": lambda path, model: layouts.write_h5(path, model),
    "h5 in parts": lambda path, model: layouts.write_h5(path, model, chunk=2),
    ".keras of 2.15": lambda path, model: layouts.write_keras(path, model, "2.15.0"),
    ".keras of 3": lambda path, model: layouts.write_keras(path, model, "3.9.2"),
    ".keras of 3, deflated": lambda path, model: layouts.write_keras(path, model, method=8),
    ".keras with npz": lambda path, model: layouts.write_keras(path, model, weights="npz"),
}


def applies(name, way, model):
    """What a version of Keras does not write so."""
    only_third = {"rms normalization", "group normalization", "activation hard_sigmoid", "activation relu6",
                  "activation silu", "leaky relu", *operations.OF_KERAS_3}
    if way in ("h5 in parts", ".keras of 3, deflated"):
        return name in ("nested model", "states", "shared layer", "conv2d", "twelve layers of one class")
    if name.endswith(" of Keras 2"):
        return way == ".keras of 2.15"
    if way in ("h5 of Keras 2", ".keras of 2.15"):
        return name not in only_third
    return True


def run(etch, path, model, folder):
    inputs, outputs = [], []
    for k, tensor in enumerate(model.inputs):
        inputs.append(os.path.join(folder, f"input{k}.npy"))
        np.save(inputs[-1], np.array(tensor.values, np.float32))
    for k in range(len(model.outputs)):
        outputs += ["-o", os.path.join(folder, f"output{k}.npy")]
    done = subprocess.run([etch, "run", path, *inputs, *outputs], capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr.strip()
    worst = 0
    for k, tensor in enumerate(model.outputs):
        found = np.load(outputs[2 * k + 1])
        wanted = np.array(tensor.values)
        if found.shape != wanted.shape:
            return f"output {k} has the shape {found.shape}, not {wanted.shape}"
        worst = max(worst, float(np.max(abs(found - wanted) / np.maximum(1, abs(wanted)))))
    return None if worst <= TOLERANCE else f"differs by {worst:.3g}"


def classes(config, found):
    """The classes of layers and operations in a configuration, as `etch ops keras` calls them."""
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str):
            found.add("ops." * (config.get("module") == "keras.src.ops.numpy") + config["class_name"])
        config = list(config.values())
    for part in config if isinstance(config, list) else []:
        classes(part, found)


def untested(etch, written):
    """What `etch ops` names that is in no file which was read and run here."""
    text = subprocess.run([etch, "ops", "keras"], capture_output=True, text=True, check=True).stdout
    names = [name.strip() for name in text.split("\n", 1)[1].replace("\n", " ").split(",")]
    return [f"{name} is in none of these files" for name in names if name not in written]


def main():
    etch, names = sys.argv[1], sys.argv[2:]
    wrong, right, written = [], 0, set()
    with tempfile.TemporaryDirectory() as folder:
        for name, build in MODELS.items():
            if names and name not in names:
                continue
            model = build()
            for way, write in WAYS.items():
                if not applies(name, way, model):
                    continue
                path = os.path.join(folder, "model.file")  # the content decides
                write(path, model)
                problem = run(etch, path, model, folder)
                right += problem is None
                if problem:
                    wrong.append(f"{name}, {way}: {problem}")
                else:
                    classes(layouts.model_config(model, 3), written)
    wrong += [] if names else untested(etch, written)
    print("\n".join(wrong))
    print(f"{right} files gave what NumPy computes, {len(wrong)} did not")
    return 1 if wrong or not right else 0


if __name__ == "__main__":
    sys.exit(main())
