# SPDX-License-Identifier: BSL-1.0
"""Models of what stands between layers, which Keras writes as functions of tf or as classes of keras.ops."""
import numpy as np

import layers as L
import recurrent as R
from layouts import Model, Operation


def called(model, keras2, keras3, function, *values, arguments=("y",)):
    """The operation on the values; `function` takes numbers in double, and the rest as it is."""
    plain = lambda v: v.astype(float) if isinstance(v, np.ndarray) else v
    run = lambda x, **_: function(*[[plain(u) for u in v] if isinstance(v, list) else plain(v) for v in x])
    return model.call(Operation(keras2, keras3, list(arguments), run), *values)


ACTIVATIONS = {"Relu": "nn.relu", "Relu6": "nn.relu6", "Sigmoid": "nn.sigmoid", "Tanh": "math.tanh", "Selu": "nn.selu",
               "Silu": "nn.silu", "Softplus": "math.softplus", "Softsign": "nn.softsign"}


def activations_model():
    model = Model()
    x = model.input((4, 3))
    model.outputs = [called(model, keras2, keras3, L.ACTIVATIONS[keras3.lower()], x)
                     for keras3, keras2 in ACTIVATIONS.items()]
    model.outputs += [
        called(model, "nn.leaky_relu", "LeakyRelu", lambda v, a: np.where(v > 0, v, a * v), x, 0.3, arguments=("alpha",)),
        called(model, "nn.softmax", "Softmax", lambda v, axis: L.softmax(v, axis), x, -1, arguments=("axis",))]
    return model


def activations_of_keras3_model():
    model = Model()
    x = model.input((4, 3))
    hard = L.ACTIVATIONS["hard_sigmoid"]
    model.outputs = [called(model, "", "HardSigmoid", hard, x), called(model, "", "HardSilu", lambda v: v * hard(v), x),
                     called(model, "", "Abs", np.abs, x)]
    return model


def arithmetic_model():
    model = Model()
    a, b = model.input((4, 3)), model.input((4, 3))
    far = model.input((4, 3), [L.numbers(4, 3, low=0.5, high=2) for _ in range(2)])
    model.outputs = [called(model, "__operators__.add", "Add", np.add, a, b),
                     called(model, "math.subtract", "Subtract", np.subtract, a, 0.5),
                     called(model, "math.multiply", "Multiply", np.multiply, a, b),
                     called(model, "math.divide", "Divide", np.divide, a, far),
                     called(model, "math.negative", "Negative", np.negative, a),
                     called(model, "stop_gradient", "StopGradient", lambda v: v, a)]
    return model


def moves_model():
    model = Model()
    x, y = model.input((4, 6)), model.input((4, 2))
    wide = called(model, "expand_dims", "ExpandDims", lambda v, axis: np.expand_dims(v, axis - 1), x, 2, arguments=("axis",))
    model.outputs = [
        called(model, "reshape", "Reshape", lambda v, shape: v.reshape(shape[1:]), x, [-1, 8, 3], arguments=("shape",)),
        called(model, "transpose", "Transpose", lambda v, _: v.T, x, [0, 2, 1], arguments=("perm",)),
        wide,
        called(model, "squeeze", "Squeeze", lambda v, axis: np.squeeze(v, axis - 1), wide, 2, arguments=("axis",)),
        called(model, "concat", "Concatenate", np.concatenate, [x, y], -1, arguments=("axis",))]
    return model


def masks_model():
    """A mask that Keras 3 writes as operations: of indices, and of rows."""
    model = Model()
    words = model.input((5,), [np.array([3, 1, 0, 0, 0], np.float32), np.array([1, 2, 2, 4, 0], np.float32)])
    rows = model.input((4, 3), [np.where(np.arange(4)[:, None] < n, L.numbers(4, 3), 0).astype(np.float32) for n in (2, 3)])
    not_equal = lambda v: called(model, "", "NotEqual", np.not_equal, v, 0)
    some = called(model, "", "Any", lambda v, axis: v.any(axis), not_equal(rows), -1)
    masked = lambda width, y, mask: model.call(R.recurrent("LSTM", 3, width), y, mask=mask)
    model.outputs = [masked(4, model.call(L.embedding(6, 4), words), not_equal(words)), masked(3, rows, some)]
    return model


MODELS = {"activations as operations": activations_model, "arithmetic as operations": arithmetic_model,
          "moves as operations": moves_model}
OF_KERAS_3 = {"activations of Keras 3 as operations": activations_of_keras3_model, "masks as operations": masks_model}
