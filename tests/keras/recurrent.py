# SPDX-License-Identifier: BSL-1.0
"""Recurrent and attention layers of Keras, computed by NumPy in double from their definitions."""
import numpy as np

from layers import ACTIVATIONS, numbers, sigmoid, softmax, with_bias
from layouts import Layer


def lstm_step(weights, states, x):
    kernel, recurrent, bias = weights
    i, f, c, o = np.split(x @ kernel + states[0] @ recurrent + bias, 4)
    new = sigmoid(f) * states[1] + sigmoid(i) * np.tanh(c)
    return [sigmoid(o) * np.tanh(new), new]


def gru_step(weights, states, x):
    kernel, recurrent, bias = weights
    h, units = states[0], states[0].size
    if bias.ndim == 2:  # reset_after
        a, b = x @ kernel + bias[0], h @ recurrent + bias[1]
        z, r = sigmoid(a[:units] + b[:units]), sigmoid(a[units:2 * units] + b[units:2 * units])
        candidate = np.tanh(a[2 * units:] + r * b[2 * units:])
    else:
        a = x @ kernel + bias
        b = h @ recurrent[:, :2 * units]
        z, r = sigmoid(a[:units] + b[:units]), sigmoid(a[units:2 * units] + b[units:])
        candidate = np.tanh(a[2 * units:] + (r * h) @ recurrent[:, 2 * units:])
    return [z * h + (1 - z) * candidate]


def simple_step(weights, states, x):
    kernel, recurrent, bias = weights
    return [np.tanh(x @ kernel + states[0] @ recurrent + bias)]


KINDS = {"LSTM": (4, 2, lstm_step), "GRU": (3, 1, gru_step), "SimpleRNN": (1, 1, simple_step)}


class Sequence:
    """One direction of a recurrent layer."""

    def __init__(self, kind, units, features, reset_after=True, use_bias=True):
        self.kind, self.units = kind, units
        gates, self.states, self.step = KINDS[kind]
        width = gates * units
        two_biases = kind == "GRU" and reset_after
        self.kernel, self.recurrent = numbers(features, width), numbers(units, width)
        self.bias = (numbers(2, width) if two_biases else numbers(width)) if use_bias else None
        self.zero = np.zeros((2, width) if two_biases else width)

    def weights(self, store):
        return [("kernel", self.kernel, store), ("recurrent_kernel", self.recurrent, store),
                *((role, array, store) for role, array in with_bias(self.bias))]

    def run(self, x, states=None, mask=None, backwards=False):
        """All outputs in the order of the steps that are taken, and the last states."""
        weights = [w.astype(float) for w in (self.kernel, self.recurrent, self.zero if self.bias is None else self.bias)]
        states = [s.astype(float) for s in states] if states else [np.zeros(self.units)] * self.states
        outputs = []
        for t in (range(len(x) - 1, -1, -1) if backwards else range(len(x))):
            if mask is None or mask[t]:
                states = self.step(weights, states, x[t].astype(float))
            outputs.append(states[0])
        return np.array(outputs), states


def recurrent(kind, units, features, sequences=False, state=False, backwards=False, mask_of=None, **options):
    """\\param mask_of makes the mask of an input, where the layer before has one."""
    one = Sequence(kind, units, features, **options)

    def run(x, initial_state=None, mask=None, **_):
        states = initial_state if isinstance(initial_state, list) else [initial_state] if initial_state is not None else x[1:]
        outputs, last = one.run(x[0], states, mask_of(x[0]) if mask_of else mask, backwards)
        result = outputs if sequences else outputs[-1]
        return [result, *last] if state else result

    config = {"units": units, "activation": "tanh", "return_sequences": sequences, "return_state": state,
              "go_backwards": backwards, "stateful": False, "unroll": False, "use_bias": options.get("use_bias", True),
              "dropout": 0.0, "recurrent_dropout": 0.0}
    if kind != "SimpleRNN":
        config["recurrent_activation"] = "sigmoid"
    if kind == "GRU":
        config["reset_after"] = options.get("reset_after", True)
    return Layer(kind, config, one.weights("cell"), run)


def bidirectional(kind, units, features, sequences=False, mode="concat", **options):
    inner = recurrent(kind, units, features, sequences, **options)
    there, back = Sequence(kind, units, features, **options), Sequence(kind, units, features, **options)

    def run(x, initial_state=None, **_):
        states = x[1:] if initial_state is None else initial_state
        a, _ = there.run(x[0], states[:len(states) // 2])
        b, _ = back.run(x[0], states[len(states) // 2:], backwards=True)
        a, b = (a, b[::-1]) if sequences else (a[-1], b[-1])
        return {"concat": lambda: np.concatenate([a, b], -1), "sum": lambda: a + b, "mul": lambda: a * b,
                "ave": lambda: (a + b) / 2, None: lambda: [a, b]}[mode]()

    config = {"layer": {"module": "keras.layers", "class_name": kind, "config": inner.config}, "merge_mode": mode}
    return Layer("Bidirectional", config, there.weights("forward_layer/cell") + back.weights("backward_layer/cell"), run)


def time_distributed(layer):
    config = {"layer": {"module": "keras.layers", "class_name": layer.class_name, "config": layer.config}}
    weights = [(role, array, "layer" + ("/" + store if store else "")) for role, array, store in layer.weights]
    run = lambda x, **_: np.array([layer.function([step]) for step in x[0]])
    return Layer("TimeDistributed", config, weights, run, frozen=layer.frozen)


def attend(q, k, v, scale, causal=False):
    scores = scale * q @ np.swapaxes(k, -1, -2)
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape[-2:])) > 0, scores, -1e9)
    return softmax(scores) @ v


def attention(use_scale=False):
    scale = np.float32(0.7)

    def run(x, use_causal_mask=False, **_):
        q, v = x[0].astype(float), x[1].astype(float)
        k = x[2].astype(float) if len(x) > 2 else v
        return attend(q, k, v, scale if use_scale else 1.0, use_causal_mask)

    config = {"use_scale": use_scale, "score_mode": "dot", "dropout": 0.0, "seed": None}
    return Layer("Attention", config, [("scale", scale)] if use_scale else [], run)


def multi_head_attention(heads, width, features, use_bias=True, private=False):
    """\\param private the groups of its weights are called as the attributes of Keras 2"""
    parts, weights = [], []
    for part in ("query_dense", "key_dense", "value_dense", "output_dense"):
        last = part == "output_dense"
        kernel = numbers(heads, width, features) if last else numbers(features, heads, width)
        bias = (numbers(features) if last else numbers(heads, width)) if use_bias else None
        parts.append((kernel.astype(float), 0 if bias is None else bias))
        store = "_" + part if private else part
        weights += [("kernel", kernel, store), *((role, array, store) for role, array in with_bias(bias))]

    def run(x, value=None, key=None, use_causal_mask=False, **_):
        query, value = x[0], x[1] if value is None else value
        key = (x[2] if len(x) > 2 else value) if key is None else key
        project = lambda x, p: (np.tensordot(x.astype(float), p[0], 1) + p[1]).transpose(1, 0, 2)
        q, k, v = project(query, parts[0]), project(key, parts[1]), project(value, parts[2])
        mixed = attend(q, k, v, 1 / np.sqrt(width), use_causal_mask)
        return np.tensordot(mixed.transpose(1, 0, 2), parts[3][0], 2) + parts[3][1]

    config = {"num_heads": heads, "key_dim": width, "value_dim": width, "dropout": 0.0, "use_bias": use_bias,
              "output_shape": None, "attention_axes": [1]}
    return Layer("MultiHeadAttention", config, weights, run)


def activation(name):
    return Layer("Activation", {"activation": name}, (), lambda x, **_: ACTIVATIONS[name](x[0].astype(float)))
