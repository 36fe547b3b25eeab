#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes weights in each layout of Keras, and loads them into a graph that C++ declares: load_weights.py PROGRAM"""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

import layers as L
import layouts
import recurrent as R
from layouts import Layer, Model


def trained(units=6, names=("front", "hidden"), turned=False):
    """The model that load_weights.cpp declares, as Keras trained it."""
    model = Model()
    x = model.input((6, 3))
    front = L.convolution(1, 4, 3, padding="same")
    front.name = names[0]
    x = model.call(front, x)
    x = model.call(L.batch_normalization(4), x)
    x = model.call(Layer("ReLU", {}, (), lambda x, **_: np.maximum(x[0], 0)), x)
    x = model.call(R.bidirectional("LSTM", 3, 4), x)
    last = [("relu", names[1]), ("linear", "dense")]
    width = 6
    for activation, name in reversed(last) if turned else last:
        x = model.call(L.dense(units, width, activation, name=name), x)
        width = units
    model.outputs = [x]
    return model


def write_weights_alone(path, model):
    with h5py.File(path, "w") as file:
        layouts.write_weights_h5(file, model)


def write_stored_weights(path, model):
    with open(path, "wb") as file:
        file.write(layouts.weights_as_hdf5(model, True))


WAYS = {
    "whole .h5": layouts.write_h5,
    ".keras of 3": layouts.write_keras,
    ".keras of 2.15": lambda path, model: layouts.write_keras(path, model, "2.15.0"),
    ".h5 of weights alone": write_weights_alone,
    ".weights.h5": write_stored_weights,
}


def run(program, folder, write, model):
    paths = [os.path.join(folder, name) for name in ("weights", "samples", "results")]
    write(paths[0], model)
    np.array(model.inputs[0].values, np.float32).tofile(paths[1])
    done = subprocess.run([program, *paths], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip()
    return np.fromfile(paths[2], np.float32).reshape(2, -1)


def main():
    program, wrong = sys.argv[1], []

    def check(holds, what):
        if not holds:
            wrong.append(what)

    with tempfile.TemporaryDirectory() as folder:
        for name, write in WAYS.items():
            model = trained()
            found = run(program, folder, write, model)
            fits = not isinstance(found, str) and np.allclose(found, model.outputs[0].values, atol=1e-5)
            check(fits, f"{name}: {found}")
            other = run(program, folder, write, trained(units=5))
            check("differs from the model's" in str(other) and "hidden" in str(other), f"{name} of 5 units: {other}")
        turned = run(program, folder, layouts.write_h5, trained(turned=True))
        check("in another order" in str(turned) and "'hidden'" in str(turned), f"layers turned round: {turned}")
        renamed = run(program, folder, layouts.write_h5, trained(names=("a", "b")))
        check(not isinstance(renamed, str), f"other names: {renamed}")
        longer = trained()
        longer.outputs = [longer.call(L.dense(2, 6), longer.outputs[0])]
        for name, write in WAYS.items():
            more = run(program, folder, write, longer)
            check("is one more than the model has" in str(more), f"{name} of one layer more: {more}")
        none = run(program, folder, lambda path, _: open(path, "wb").write(b"\x89HDF\r\n\x1a\n" + bytes(90)), longer)
        check("is damaged" in str(none), f"no file of HDF5: {none}")
    print("\n".join(wrong) if wrong else "weights of each layout load, and layers that differ are named")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
