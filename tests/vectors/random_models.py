#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Random models, trained and run by programs of several compilers and widths of vectors: all have the same bits.

    random_models.py [--seed N] [--count N] [--models N] [--folder FOLDER] FORM [FORM ...]

A FORM is a compiler and its flags in one argument; a program of the portable kernels by `g++ -O1` is what others are
compared with. `--count` programs of `--models` models each are made from seeds N, N + 1 and so on. Sources and programs
stay in the folder.
"""
import argparse
import math
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMON = ["-std=c++20", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi",
          f"-I{ROOT}/include", f"-I{ROOT}"]
LIMIT, CLANG_LIMIT = "-fconstexpr-ops-limit=1000000000", "-fconstexpr-steps=100000000"
PORTABLE = "g++ -O1 -DETCH_PORTABLE_KERNELS"

WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 40, 48, 63, 64, 65, 96]
WIDE = [100, 127, 128, 129, 240, 255, 256, 257, 272, 300, 512, 520]
KINDS = ["linear", "relu", "sigmoid", "tanh", "relu6", "leaky_relu", "elu", "selu", "gelu", "gelu_tanh", "silu",
         "softplus", "softsign", "hard_sigmoid", "hard_silu", "mish", "exponential", "softmax", "log_softmax"]
GATES = ["sigmoid", "hard_sigmoid", "hard_sigmoid_keras2"]
OPTIMIZERS = ["Adam{}", "Adam{}", "SGD{}", "SGDMomentum{}", "RMSprop{}", "AdamW{}", "Nadam{}", "Adamax{}", "Adagrad{}",
              "Lion{}", "Adadelta{}", "ClipByGlobalNorm{Adam{}, 0.5f}", "ClipByValue{SGDMomentum{}, 0.1f}"]
LOSSES = ["MeanSquaredError{}", "MeanAbsoluteError{}", "Huber{}", "LogCosh{}"]


def extents(numbers):
    """One number for one axis, or two in braces."""
    return str(numbers[0]) if len(numbers) == 1 else "{" + ", ".join(map(str, numbers)) + "}"


def windows(extent, size, stride, padding):
    """How many windows an axis has: `windows_along`."""
    return (extent - size) // stride + 1 if padding == "valid" else 1 + (extent - 1) // stride


class Model:
    """The layers of one model, and the shape that they leave."""

    def __init__(self, draw):
        self.draw, self.layers = draw, []

    def choose(self, *of):
        return self.draw.choice(of)

    def kind(self):
        return self.draw.choice(["linear", "relu"] * 6 + KINDS)

    def add(self, name, shape, **members):
        given = ", ".join(f".{member} = {value}" for member, value in members.items())
        self.layers.append(f"{name}{{{given}}}")
        self.shape = shape

    def limited(self, most):
        """A width of few enough channels."""
        return self.draw.choice([w for w in WIDTHS if w <= most])

    def window(self, over):
        """Members of a window over some axes, its dilation, and the extents that it leaves."""
        padding = self.choose("valid", "same")
        sizes, strides, dilations, left = [], [], [], []
        for extent in over:
            size, dilation = self.choose(1, 2, 3, 3, 3, 5, 7), self.choose(1, 1, 1, 2, 3)
            if padding == "valid" and (size - 1) * dilation + 1 > extent:
                size, dilation = min(size, extent), 1
            stride = self.choose(1, 1, 1, 2, 3)
            left.append(windows(extent, (size - 1) * dilation + 1, stride, padding))
            sizes.append(size), strides.append(stride), dilations.append(dilation)
        return {"kernel_size": extents(sizes), "strides": extents(strides), "padding": padding}, extents(dilations), left

    def activation(self):
        return "ActivationKind::" + self.kind()

    def transpose(self):
        axes, filters, padding = len(self.shape) - 1, self.limited(17), self.choose("valid", "same")
        size, stride = self.choose(1, 2, 3), self.choose(1, 2)
        more = 0 if padding == "same" else max(size - stride, 0)
        self.add(f"Conv{axes}DTranspose", [e * stride + more for e in self.shape[:-1]] + [filters], filters=filters,
                 kernel_size=size, strides=stride, padding=padding, activation=self.activation())

    def convolve(self):
        what = self.choose("Conv", "Conv", "Conv", "DepthwiseConv", "SeparableConv", "Transpose")
        if what == "Transpose":
            return self.transpose()
        axes, channels = len(self.shape) - 1, self.shape[-1]
        members, dilation, left = self.window(self.shape[:-1])
        end = {"activation": self.activation(), "use_bias": self.choose("true", "true", "false")}
        if what == "DepthwiseConv":
            times = self.choose(1, 1, 1, 2, 3)
            return self.add(f"{what}{axes}D", left + [channels * times], **members, depth_multiplier=times,
                            dilation_rate=dilation, **end)
        filters, shared = self.limited(65), {}
        groups = [n for n in range(2, 9) if channels % n == 0]
        if what == "Conv" and groups and self.draw.random() < 0.2:
            shared = {"groups": self.draw.choice(groups)}
            filters = shared["groups"] * self.choose(1, 2, 3, 8)
        self.add(f"{what}{axes}D", left + [filters], filters=filters, **members, dilation_rate=dilation, **shared, **end)

    def pool(self):
        axes, what = len(self.shape) - 1, self.choose("Max", "Average")
        if self.draw.random() < 0.1:
            return self.add(f"Global{what}Pooling{axes}D", [self.shape[-1]])
        padding = self.choose("valid", "same")
        sizes = [min(self.choose(1, 2, 2, 2, 3), extent) for extent in self.shape[:-1]]
        strides = [self.choose(1, 2, 2, 3) for _ in sizes]
        left = [windows(e, k, s, padding) for e, k, s in zip(self.shape, sizes, strides)]
        self.add(f"{what}Pooling{axes}D", left + [self.shape[-1]], pool_size=extents(sizes), strides=extents(strides),
                 padding=padding)

    def between(self):
        """A layer that leaves the shape."""
        name = self.choose("BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization", "Dropout",
                           "Activation", "PReLU", "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout",
                           "GroupNormalization")
        axes = len(self.shape) - 1
        if name == "Activation":
            self.layers.append(f"Activation{{{self.activation()}}}")
        elif name == "GaussianNoise":
            self.add(name, self.shape, stddev="0.3f")
        elif name == "SpatialDropout":
            if axes in (1, 2):
                self.add(f"{name}{axes}D", self.shape, rate="0.3f")
        elif "Dropout" in name:
            self.add(name, self.shape, rate=self.choose("0.5f", "0.25f", "0.1f"))
        elif name == "GroupNormalization":
            self.add(name, self.shape, groups=1)
        elif name == "UnitNormalization" or name == "RMSNormalization" or name == "PReLU":
            self.add(name, self.shape)
        else:
            self.add(name, self.shape, center=self.choose("true", "false"), scale=self.choose("true", "false"))

    def recur(self, last):
        name = self.choose("LSTM", "GRU", "SimpleRNN")
        units = self.draw.choice([w for w in WIDTHS if w <= 65])
        members = {"units": units, "activation": "ActivationKind::" + self.draw.choice(["tanh"] * 4 + ["relu", "sigmoid", "softsign"])}
        if name != "SimpleRNN":
            members["recurrent_activation"] = "ActivationKind::" + self.draw.choice(["sigmoid"] * 4 + GATES)
        members["use_bias"] = self.choose("true", "true", "true", "false")
        if self.draw.random() < 0.2:
            members["dropout"] = "0.25f"
        both = self.draw.random() < 0.2
        if not last:
            members["return_sequences"] = "true"
        if not both and self.draw.random() < 0.2:
            members["go_backwards"] = "true"
        if name == "GRU":
            members["reset_after"] = self.choose("true", "true", "false")
        given = ", ".join(f".{member} = {value}" for member, value in members.items())
        layer = f"{name}{{{given}}}"
        width = units * 2 if both else units
        self.layers.append(f"Bidirectional{{{layer}}}" if both else layer)
        self.shape = [width] if last else [self.shape[0], width]

    def end(self):
        if len(self.shape) > 1:
            self.layers.append("Flatten{}")
        if self.draw.random() < 0.3:
            self.add("Dense", [8], units=8, activation=self.activation())
        units = self.choose(1, 2, 3, 10, 17)
        loss = self.draw.choice(LOSSES)
        members = {"units": units}
        if units > 1 and self.draw.random() < 0.6:
            loss = "SparseCategoricalCrossentropy{}"
            members["activation"] = "softmax"
        self.add("Dense", [units], **members)
        return loss


def images(m):
    axes = m.choose(1, 2, 2)
    m.shape = [m.choose(5, 7, 8, 9, 12, 13, 16, 17) for _ in range(axes)] + [m.choose(1, 1, 2, 3, 3, 4, 5, 8, 16, 17)]
    start = list(m.shape)
    for _ in range(m.choose(1, 2, 3)):
        if len(m.shape) != axes + 1 or math.prod(m.shape) > 20000:
            break
        m.convolve()
        if m.draw.random() < 0.5:
            m.between()
        if m.draw.random() < 0.5:
            m.pool()
    return start


def dense(m):
    m.shape = [m.draw.choice(WIDTHS + WIDE)]
    start = list(m.shape)
    for _ in range(m.choose(1, 2, 2, 3)):
        m.add("Dense", [units := m.draw.choice(WIDTHS + WIDE)], units=units, activation=m.activation(),
              use_bias=m.choose("true", "true", "false"))
        if m.draw.random() < 0.5:
            m.between()
    return start


def sequences(m):
    m.shape = [m.choose(1, 2, 5, 9), m.draw.choice([w for w in WIDTHS if w <= 33])]
    start = list(m.shape)
    for _ in range(m.choose(0, 0, 1)):
        m.recur(False)
        if m.draw.random() < 0.4:
            m.between()
    if m.draw.random() < 0.2:
        m.add("Dense", [m.shape[0], units := m.limited(65)], units=units, activation=m.activation(), allow_axes="true")
    m.recur(m.draw.random() < 0.7)
    return start


def model(draw, number):
    """The C++ of one model and of the call that shows it."""
    m = Model(draw)
    start = draw.choice([images, images, dense, sequences])(m)
    loss = m.end()
    declared = f"sequential(Input{{{', '.join(map(str, start))}}},\n    " + ",\n    ".join(m.layers) + ")"
    if draw.random() < 0.5:
        declared = f"with_numerics(Numerics::fused, {declared})"
    batch = draw.choice([1, 2, 3, 4, 5, 7, 8, 16, 17, 32, 33])
    numbers = draw.choice(["usual"] * 6 + ["sparse", "huge", "tiny", "not_finite"])
    name = f"model_{number}"
    return (f"inline constexpr auto {name} = {declared};\n",
            f"  test::show<{name}, {batch}>(\"{name}\", {draw.choice(OPTIMIZERS)}, {loss}, test::Numbers::{numbers});\n")


def source(seed, models):
    draw = random.Random(seed)
    both = [model(draw, number) for number in range(models)]
    return ("#include <tests/vectors/random_models.hpp>\n\nusing namespace etch;\n\n" + "".join(d for d, _ in both) +
            "\nint main() {\n" + "".join(call for _, call in both) + "}\n")


def results(form, file, program):
    """The lines that the program prints which one form of building makes of a file, and whether there are all."""
    words = form.split()
    build = [*words, *COMMON, CLANG_LIMIT if "clang" in words[0] else LIMIT,
             str(file), f"{ROOT}/runtime/host/fail.cpp", "-o", str(program)]
    built = subprocess.run(build, capture_output=True, text=True)
    if built.returncode != 0:
        errors = [line for line in built.stderr.splitlines() if "error" in line]
        return [f"not compiled: {(errors or [built.stderr])[0]}"], False
    run = subprocess.run([str(program)], capture_output=True, text=True)
    lines = run.stdout.splitlines()
    return lines + ([f"ended with {run.returncode}: {run.stderr}"] if run.returncode else []), run.returncode == 0


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=1)
    arguments.add_argument("--models", type=int, default=4)
    arguments.add_argument("--folder", type=Path, default=Path("random_models"))
    arguments.add_argument("forms", nargs="+")
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    for seed in range(given.seed, given.seed + given.count):
        file = given.folder / f"{seed}.cpp"
        file.write_text(source(seed, given.models))
        expected, whole = results(PORTABLE, file, given.folder / f"{seed}.portable")
        if not whole:
            failed += 1
            print(f"seed {seed}: {PORTABLE}: {expected[-1]}", flush=True)
            continue
        for k, form in enumerate(given.forms):
            got, _ = results(form, file, given.folder / f"{seed}.{k}")
            if got == expected:
                print(f"seed {seed}: {form}: {len(got)} lines agree", flush=True)
                continue
            failed += 1
            one, other = next((a, b) for a, b in zip(expected + ["nothing"], got + ["nothing"]) if a != b)
            print(f"seed {seed}: {form} differs\n  portable: {one}\n  here:     {other}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
