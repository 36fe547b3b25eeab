# SPDX-License-Identifier: BSL-1.0
"""Layers of Keras with random weights, computed by NumPy in double from their definitions."""
import numpy as np

from layouts import Layer

random = np.random.RandomState(11)


def numbers(*shape, low=-0.5, high=0.5):
    return random.uniform(low, high, shape).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


ACTIVATIONS = {
    "linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "relu6": lambda x: np.clip(x, 0, 6), "tanh": np.tanh,
    "sigmoid": sigmoid, "softmax": softmax, "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "softplus": lambda x: np.log1p(np.exp(x)), "softsign": lambda x: x / (1 + abs(x)), "silu": lambda x: x * sigmoid(x),
    "exponential": np.exp, "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "selu": lambda x: 1.05070098735548 * np.where(x > 0, x, 1.67326324235437 * np.expm1(np.minimum(x, 0))),
}


def plain(class_name, function, **config):
    return Layer(class_name, config, (), lambda x, **_: function(*x))


def with_bias(bias):
    return [("bias", bias)] if bias is not None else []


def dense(units, inputs, activation="linear", use_bias=True, name="dense"):
    kernel, bias = numbers(inputs, units), numbers(units) if use_bias else None
    run = lambda x, **_: ACTIVATIONS[activation](x[0] @ kernel.astype(float) + (bias if use_bias else 0))
    config = {"name": name, "units": units, "activation": activation, "use_bias": use_bias}
    return Layer("Dense", config, [("kernel", kernel), *with_bias(bias)], run)


def padded(x, kernel, strides, dilation, padding):
    """x [..., channels] with zeros around it, by Keras's rule."""
    sides = []
    for extent, k, s, d in zip(x.shape, kernel, strides, dilation):
        reach = (k - 1) * d + 1
        total = max((-(-extent // s) - 1) * s + reach - extent, 0) if padding == "same" else 0
        sides.append((reach - 1, 0) if padding == "causal" else (total // 2, total - total // 2))
    return np.pad(x, [*sides, (0, 0)])


def convolve(x, weights, strides, dilation, padding, groups=1):
    """x [h, w, c], weights [kh, kw, c / groups, filters]."""
    kh, kw, each, filters = weights.shape
    x = padded(x.astype(float), (kh, kw), strides, dilation, padding)
    rows = (x.shape[0] - (kh - 1) * dilation[0] - 1) // strides[0] + 1
    columns = (x.shape[1] - (kw - 1) * dilation[1] - 1) // strides[1] + 1
    y = np.zeros((rows, columns, filters))
    of_group = filters // groups
    for i in range(rows):
        for j in range(columns):
            r, c = i * strides[0], j * strides[1]
            window = x[r:r + (kh - 1) * dilation[0] + 1:dilation[0], c:c + (kw - 1) * dilation[1] + 1:dilation[1]]
            for g in range(groups):
                part = slice(g * of_group, (g + 1) * of_group)
                y[i, j, part] = np.tensordot(window[..., g * each:(g + 1) * each], weights[..., part], 3)
    return y


def convolve_depthwise(x, weights, strides, dilation, padding):
    kh, kw, channels, times = weights.shape
    return convolve(x, weights.reshape(kh, kw, 1, channels * times), strides, dilation, padding, channels)


def two(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def on_rows(run, axes):
    """A 1-D convolution is one of a single column; its kernel and strides lie along the rows."""
    return run if axes == 2 else lambda x: run(x[:, None, :])[:, 0]


def convolution(axes, filters, channels, kernel=3, strides=1, dilation=1, padding="valid", groups=1, use_bias=True,
                activation="linear", data_format="channels_last"):
    k, s, d = two(kernel), two(strides), two(dilation)
    if axes == 1:
        k, s, d = (k[0], 1), (s[0], 1), (d[0], 1)
    weights, bias = numbers(*k[:axes], channels // groups, filters), numbers(filters) if use_bias else None
    full = weights.reshape(*k, channels // groups, filters)
    pad = padding if axes == 2 or padding != "causal" else "causal"

    def run(x, **_):
        x = np.moveaxis(x[0], 0, -1) if data_format == "channels_first" else x[0]
        y = on_rows(lambda x: convolve(x, full, s, d, pad, groups), axes)(x)
        y = ACTIVATIONS[activation](y + (bias if use_bias else 0))
        return np.moveaxis(y, -1, 0) if data_format == "channels_first" else y

    config = {"filters": filters, "kernel_size": list(k[:axes]), "strides": list(s[:axes]), "padding": padding,
              "dilation_rate": list(d[:axes]), "groups": groups, "use_bias": use_bias, "activation": activation,
              "data_format": data_format}
    return Layer(f"Conv{axes}D", config, [("kernel", weights), *with_bias(bias)], run)


def depthwise(axes, channels, kernel=3, strides=1, padding="valid", times=1, use_bias=True):
    k, s = (two(kernel), two(strides)) if axes == 2 else ((kernel, 1), (strides, 1))
    weights, bias = numbers(*k[:axes], channels, times), numbers(channels * times) if use_bias else None
    full = weights.reshape(*k, channels, times)
    run = lambda x, **_: on_rows(lambda x: convolve_depthwise(x, full, s, (1, 1), padding), axes)(x[0]) + (
        bias if use_bias else 0)
    config = {"kernel_size": list(k[:axes]), "strides": list(s[:axes]), "padding": padding, "depth_multiplier": times,
              "use_bias": use_bias, "groups": 1}
    return Layer(f"DepthwiseConv{axes}D", config, [("depthwise_kernel", weights), *with_bias(bias)], run)


def separable(axes, filters, channels, kernel=3, strides=1, padding="valid", times=2):
    k, s = (two(kernel), two(strides)) if axes == 2 else ((kernel, 1), (strides, 1))
    deep = numbers(*k[:axes], channels, times)
    point = numbers(*(1,) * axes, channels * times, filters)
    bias = numbers(filters)
    run = lambda x, **_: on_rows(
        lambda x: convolve_depthwise(x, deep.reshape(*k, channels, times), s, (1, 1), padding), axes)(
            x[0]) @ point.reshape(channels * times, filters).astype(float) + bias
    config = {"filters": filters, "kernel_size": list(k[:axes]), "strides": list(s[:axes]), "padding": padding,
              "depth_multiplier": times}
    weights = [("depthwise_kernel", deep), ("pointwise_kernel", point), ("bias", bias)]
    return Layer(f"SeparableConv{axes}D", config, weights, run)


def transposed(axes, filters, channels, kernel=3, strides=2, padding="valid"):
    k, s = (two(kernel), two(strides)) if axes == 2 else ((kernel, 1), (strides, 1))
    weights, bias = numbers(*k[:axes], filters, channels), numbers(filters)
    full = weights.reshape(*k, filters, channels)

    def spread(x):
        rows, columns = x.shape[:2]
        y = np.zeros(((rows - 1) * s[0] + k[0], (columns - 1) * s[1] + k[1], filters))
        for i in range(rows):
            for j in range(columns):
                y[i * s[0]:i * s[0] + k[0], j * s[1]:j * s[1] + k[1]] += full @ x[i, j].astype(float)
        if padding == "valid":
            return y[:rows * s[0] + max(k[0] - s[0], 0), :columns * s[1] + max(k[1] - s[1], 0)]
        top, left = max(k[0] - s[0], 0) // 2, max(k[1] - s[1], 0) // 2
        return y[top:top + rows * s[0], left:left + columns * s[1]]

    config = {"filters": filters, "kernel_size": list(k[:axes]), "strides": list(s[:axes]), "padding": padding}
    run = lambda x, **_: on_rows(spread, axes)(x[0]) + bias
    return Layer(f"Conv{axes}DTranspose", config, [("kernel", weights), ("bias", bias)], run)


def batch_normalization(channels, scale=True, center=True, axis=-1):
    gamma, beta = numbers(channels, low=0.5, high=1.5), numbers(channels)
    mean, variance = numbers(channels), numbers(channels, low=0.3, high=2)

    def run(x, **_):
        z = np.moveaxis(x[0], axis - 1, -1) if axis > 0 else x[0]
        z = (z - mean) / np.sqrt(variance.astype(float) + 1e-3) * (gamma if scale else 1) + (beta if center else 0)
        return np.moveaxis(z, -1, axis - 1) if axis > 0 else z

    weights = ([("gamma", gamma)] if scale else []) + ([("beta", beta)] if center else [])
    config = {"axis": [axis], "epsilon": 1e-3, "momentum": 0.99, "scale": scale, "center": center}
    return Layer("BatchNormalization", config, [*weights, ("moving_mean", mean), ("moving_variance", variance)], run,
                 frozen=("moving_mean", "moving_variance"))


def layer_normalization(channels, axes=(-1,)):
    shape = (channels,) if isinstance(channels, int) else channels
    gamma, beta = numbers(*shape, low=0.5, high=1.5), numbers(*shape)

    def run(x, **_):
        x = x[0].astype(float)
        at = tuple(range(x.ndim - len(shape), x.ndim))
        return (x - x.mean(at, keepdims=True)) / np.sqrt(x.var(at, keepdims=True) + 1e-3) * gamma + beta

    return Layer("LayerNormalization", {"axis": list(axes), "epsilon": 1e-3, "center": True, "scale": True},
                 [("gamma", gamma), ("beta", beta)], run)


def group_normalization(channels, groups):
    gamma, beta = numbers(channels, low=0.5, high=1.5), numbers(channels)

    def run(x, **_):
        z = x[0].astype(float).reshape(-1, groups, channels // groups)
        z = (z - z.mean((0, 2), keepdims=True)) / np.sqrt(z.var((0, 2), keepdims=True) + 1e-3)
        return z.reshape(x[0].shape) * gamma + beta

    return Layer("GroupNormalization", {"groups": groups, "axis": -1, "epsilon": 1e-3},
                 [("gamma", gamma), ("beta", beta)], run)


def rms_normalization(channels):
    scale = numbers(channels, low=0.5, high=1.5)
    run = lambda x, **_: x[0] / np.sqrt((x[0].astype(float)**2).mean(-1, keepdims=True) + 1e-6) * scale
    return Layer("RMSNormalization", {"axis": -1, "epsilon": 1e-6}, [("scale", scale)], run)


def normalization(shape, axes=(-1,)):
    """The numbers of the last axes, or one of all."""
    mean, variance = numbers(*shape), numbers(*shape, low=0.3, high=2)
    run = lambda x, **_: (x[0] - mean) / np.sqrt(variance.astype(float))
    config = {"axis": list(axes) if axes else None, "invert": False, "mean": None, "variance": None}
    weights = [("mean", mean), ("variance", variance), ("count", np.int64(5))]
    return Layer("Normalization", config, weights, run, frozen=("mean", "variance", "count"))


def prelu(shape, shared=None):
    full = tuple(1 if shared and i + 1 in shared else extent for i, extent in enumerate(shape))
    alpha = numbers(*full, low=0.1, high=0.9)
    run = lambda x, **_: np.where(x[0] > 0, x[0], alpha * x[0].astype(float))
    return Layer("PReLU", {"shared_axes": shared}, [("alpha", alpha)], run)


def embedding(count, width, mask_zero=False):
    table = numbers(count, width)
    run = lambda x, **_: table[x[0].astype(int)]
    config = {"input_dim": count, "output_dim": width, "mask_zero": mask_zero, "input_length": None}
    return Layer("Embedding", config, [("embeddings", table)], run)
