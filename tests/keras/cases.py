# SPDX-License-Identifier: BSL-1.0
"""Models that are written and read: for each kind of layer one, and for each way in which models are put together."""
import numpy as np

import layers as L
import operations
import recurrent as R
from layouts import Layer, Model, Operation


def one_layer(shape, make, values=None):
    """A model of a single layer."""
    def build():
        model = Model()
        x = model.input(shape, values)
        model.outputs = [model.call(make(), x)]
        return model
    return build


def pool(axes, kind, size=2, strides=None, padding="valid"):
    strides = strides or size

    def run(x, **_):
        z = x[0].astype(float) if axes == 2 else x[0].astype(float)[:, None]
        k, s = ((size, size), (strides, strides)) if axes == 2 else ((size, 1), (strides, 1))
        sides = [max((-(-e // t) - 1) * t + w - e, 0) if padding == "same" else 0 for e, w, t in zip(z.shape, k, s)]
        z = np.pad(z, [*((n // 2, n - n // 2) for n in sides), (0, 0)], constant_values=np.nan)
        rows, columns = (z.shape[0] - k[0]) // s[0] + 1, (z.shape[1] - k[1]) // s[1] + 1
        of = np.nanmax if kind == "Max" else np.nanmean
        y = [[of(z[i * s[0]:i * s[0] + k[0], j * s[1]:j * s[1] + k[1]], axis=(0, 1)) for j in range(columns)]
             for i in range(rows)]
        return np.array(y) if axes == 2 else np.array(y)[:, 0]

    config = {"pool_size": [size] * axes, "strides": [strides] * axes, "padding": padding}
    return Layer(f"{kind}{'Pooling' if kind == 'Max' else 'Pooling'}{axes}D", config, (), run)


def resized(x, height, width):
    """Bilinear between half-pixel centres."""
    def places(old, new):
        at = (np.arange(new) + 0.5) * old / new - 0.5
        low = np.clip(np.floor(at).astype(int), 0, old - 1)
        high = np.clip(np.floor(at).astype(int) + 1, 0, old - 1)
        return low, high, np.clip(at - np.floor(at), 0, 1)
    low, high, share = places(x.shape[0], height)
    x = x[low] * (1 - share)[:, None, None] + x[high] * share[:, None, None]
    low, high, share = places(x.shape[1], width)
    return x[:, low] * (1 - share)[:, None] + x[:, high] * share[:, None]


def resizing(height, width):
    return Layer("Resizing", {"height": height, "width": width, "interpolation": "bilinear"}, (),
                 lambda x, **_: resized(x[0].astype(float), height, width))


def mask_of_zeros(x):
    return np.any(x != 0, axis=-1)


P = L.plain
VALUES = [np.array([3, 1, 0, 2, 0], np.float32), np.array([1, 0, 0, 4, 3], np.float32)]

SINGLE = {
    "dense": ((5,), lambda: L.dense(4, 5, "relu")),
    "dense without bias": ((5,), lambda: L.dense(4, 5, use_bias=False)),
    "dense over time": ((3, 5), lambda: L.dense(4, 5, "tanh")),
    "conv1d causal": ((9, 3), lambda: L.convolution(1, 4, 3, dilation=2, padding="causal")),
    "conv1d same strides": ((9, 3), lambda: L.convolution(1, 4, 3, strides=2, padding="same")),
    "conv2d": ((7, 6, 3), lambda: L.convolution(2, 4, 3, (3, 2), activation="relu")),
    "conv2d same strides": ((8, 8, 2), lambda: L.convolution(2, 4, 2, 3, 2, padding="same", use_bias=False)),
    "conv2d groups": ((6, 6, 4), lambda: L.convolution(2, 6, 4, 3, groups=2)),
    "conv2d dilated": ((9, 9, 2), lambda: L.convolution(2, 3, 2, 3, dilation=2)),
    "conv2d channels first": ((3, 7, 6), lambda: L.convolution(2, 4, 3, 3, data_format="channels_first")),
    "depthwise1d": ((9, 3), lambda: L.depthwise(1, 3, times=2)),
    "depthwise2d": ((7, 7, 3), lambda: L.depthwise(2, 3, strides=2, padding="same")),
    "depthwise2d times": ((6, 6, 2), lambda: L.depthwise(2, 2, times=3, use_bias=False)),
    "separable1d": ((9, 3), lambda: L.separable(1, 4, 3)),
    "separable2d": ((7, 7, 2), lambda: L.separable(2, 4, 2, strides=2, padding="same")),
    "transposed1d": ((5, 3), lambda: L.transposed(1, 4, 3)),
    "transposed2d": ((4, 5, 3), lambda: L.transposed(2, 2, 3, padding="same")),
    "batch normalization": ((4, 4, 3), lambda: L.batch_normalization(3)),
    "batch normalization without scale": ((6,), lambda: L.batch_normalization(6, scale=False)),
    "batch normalization of axis 1": ((3, 4, 5), lambda: L.batch_normalization(3, axis=1)),
    "layer normalization": ((4, 6), lambda: L.layer_normalization(6)),
    "layer normalization of two axes": ((3, 4), lambda: L.layer_normalization((3, 4), (1, 2))),
    "group normalization": ((4, 4, 6), lambda: L.group_normalization(6, 3)),
    "rms normalization": ((4, 6), lambda: L.rms_normalization(6)),
    "unit normalization": ((4, 6), lambda: P(
        "UnitNormalization", lambda x: x / np.sqrt((x**2).sum(-1, keepdims=True)), axis=-1)),
    "normalization": ((4, 3), lambda: L.normalization((3,))),
    "normalization of many": ((130,), lambda: L.normalization((130,))),
    "normalization of all axes": ((12, 11), lambda: L.normalization((12, 11), (1, 2))),
    "normalization by one": ((4, 3), lambda: L.normalization((), None)),
    "prelu": ((4, 3), lambda: L.prelu((4, 3))),
    "prelu shared": ((4, 5, 3), lambda: L.prelu((4, 5, 3), [1, 2])),
    "lstm": ((6, 3), lambda: R.recurrent("LSTM", 4, 3)),
    "lstm sequences backwards": ((6, 3), lambda: R.recurrent("LSTM", 4, 3, sequences=True, backwards=True)),
    "gru": ((6, 3), lambda: R.recurrent("GRU", 4, 3)),
    "gru of Keras 1": ((6, 3), lambda: R.recurrent("GRU", 4, 3, reset_after=False)),
    "simple rnn": ((6, 3), lambda: R.recurrent("SimpleRNN", 4, 3, sequences=True)),
    "lstm without bias": ((6, 3), lambda: R.recurrent("LSTM", 4, 3, use_bias=False)),
    "bidirectional": ((6, 3), lambda: R.bidirectional("LSTM", 4, 3, True)),
    "bidirectional sum": ((6, 3), lambda: R.bidirectional("GRU", 4, 3, mode="sum")),
    "time distributed": ((4, 5), lambda: R.time_distributed(L.dense(3, 5, "relu"))),
    "time distributed conv": ((3, 5, 5, 2), lambda: R.time_distributed(L.convolution(2, 3, 2, 3))),
    "time distributed batch normalization": ((3, 4), lambda: R.time_distributed(L.batch_normalization(4))),
    "resizing": ((9, 7, 2), lambda: resizing(6, 8)),
    "rescaling": ((4,), lambda: P("Rescaling", lambda x: x * 0.25 - 1.0, scale=0.25, offset=-1.0)),
    "max pooling": ((7, 7, 3), lambda: pool(2, "Max")),
    "average pooling same": ((7, 7, 3), lambda: pool(2, "Average", 3, 2, "same")),
    "max pooling 1d": ((7, 3), lambda: pool(1, "Max", 3, 2)),
    "global average pooling": ((4, 5, 3), lambda: P("GlobalAveragePooling2D", lambda x: x.mean((0, 1)))),
    "global max pooling": ((5, 3), lambda: P("GlobalMaxPooling1D", lambda x: x.max(0))),
    "zero padding": ((3, 3, 2), lambda: P("ZeroPadding2D", lambda x: np.pad(x, [(0, 1), (2, 1), (0, 0)]),
                                          padding=[[0, 1], [2, 1]])),
    "cropping": ((5, 5, 2), lambda: P("Cropping2D", lambda x: x[1:-1, 2:-1], cropping=[[1, 1], [2, 1]])),
    "up-sampling": ((3, 3, 2), lambda: P("UpSampling2D", lambda x: x.repeat(2, 0).repeat(3, 1), size=[2, 3])),
    "flatten": ((3, 4), lambda: P("Flatten", lambda x: x.reshape(-1))),
    "reshape": ((3, 4), lambda: P("Reshape", lambda x: x.reshape(2, 6), target_shape=[2, -1])),
    "permute": ((3, 4, 2), lambda: P("Permute", lambda x: x.transpose(2, 0, 1), dims=[3, 1, 2])),
    "repeat vector": ((4,), lambda: P("RepeatVector", lambda x: np.tile(x, (3, 1)), n=3)),
    "relu6": ((4,), lambda: P("ReLU", lambda x: np.clip(x, 0, 6), max_value=6.0, negative_slope=0.0, threshold=0.0)),
    "softmax": ((4,), lambda: P("Softmax", L.softmax, axis=-1)),
    "average pooling 1d": ((7, 3), lambda: pool(1, "Average", 3, 2)),
    "global average pooling 1d": ((5, 3), lambda: P("GlobalAveragePooling1D", lambda x: x.mean(0))),
    "global max pooling 2d": ((4, 5, 3), lambda: P("GlobalMaxPooling2D", lambda x: x.max((0, 1)))),
    "zero padding 1d": ((4, 2), lambda: P("ZeroPadding1D", lambda x: np.pad(x, [(1, 2), (0, 0)]), padding=[1, 2])),
    "cropping 1d": ((6, 2), lambda: P("Cropping1D", lambda x: x[1:-2], cropping=[1, 2])),
    "up-sampling 1d": ((3, 2), lambda: P("UpSampling1D", lambda x: x.repeat(3, 0), size=3)),
    "elu": ((4,), lambda: P("ELU", lambda x: np.where(x > 0, x, 0.5 * np.expm1(x)), alpha=0.5)),
    "leaky relu": ((4,), lambda: P("LeakyReLU", lambda x: np.where(x > 0, x, 0.2 * x), negative_slope=0.2)),
    "leaky relu of Keras 2": ((4,), lambda: P("LeakyReLU", lambda x: np.where(x > 0, x, 0.2 * x), alpha=0.2)),
    "thresholded relu of Keras 2": ((4,), lambda: P("ThresholdedReLU", lambda x: np.where(x > 0.3, x, 0), theta=0.3)),
    "dropout": ((4,), lambda: P("Dropout", lambda x: x, rate=0.5, seed=None, noise_shape=None)),
    **{name: ((4, 3), lambda name=name, config=config: P(name, lambda x: x, **config)) for name, config in (
        ("AlphaDropout", {"rate": 0.5}), ("GaussianDropout", {"rate": 0.5}), ("GaussianNoise", {"stddev": 0.5}),
        ("SpatialDropout1D", {"rate": 0.5}), ("ActivityRegularization", {"l1": 0.1, "l2": 0.1}))},
    "SpatialDropout2D": ((4, 4, 3), lambda: P("SpatialDropout2D", lambda x: x, rate=0.5)),
    "augmentation": ((4, 4, 3), lambda: P("RandomFlip", lambda x: x, mode="horizontal", seed=3)),
}


def embedding_model():
    model = Model()
    x = model.input((5,), VALUES)
    model.outputs = [model.call(L.embedding(6, 4), x)]
    return model


def masked_model():
    """An embedding whose zeros do not count for the layer behind it."""
    model = Model()
    x = model.input((5,), VALUES)
    y = model.call(L.embedding(6, 4, mask_zero=True), x)
    lstm = R.recurrent("LSTM", 3, 4)
    plain, masks = lstm.function, {id(v): m != 0 for v, m in zip(y.values, VALUES)}
    lstm.function = lambda x, **_: plain(x, mask=masks.get(id(x[0])))
    model.outputs = [model.call(lstm, y)]
    return model


def masking_model():
    model = Model()
    values = [L.numbers(6, 3) for _ in range(2)]
    values[0][2] = values[1][4] = values[1][5] = 0
    x = model.input((6, 3), values)
    y = model.call(Layer("Masking", {"mask_value": 0.0}, (), lambda x, **_: x[0]), x)
    model.outputs = [model.call(R.recurrent("GRU", 4, 3, mask_of=mask_of_zeros), y)]
    return model


def stated_model():
    """An encoder's states begin a decoder, and come out too."""
    model = Model()
    x, y = model.input((5, 3)), model.input((4, 2))
    _, h, c = model.call(R.recurrent("LSTM", 4, 3, state=True), x)
    z = model.call(R.recurrent("LSTM", 4, 2, sequences=True), y, initial_state=[h, c])
    model.outputs = [z, h]
    return model


def stated_model_as_inputs():
    """Keras 2 calls the layer on its states as on inputs."""
    model = Model()
    x, h = model.input((5, 3)), model.input((4,))
    model.outputs = [model.call(R.recurrent("GRU", 4, 3), x, h)]
    return model


def two_directions_model():
    """Both results of a layer that merges them not."""
    model = Model()
    layer = R.bidirectional("GRU", 4, 3, True, mode=None)
    model.outputs = model.call(layer, model.input((6, 3)))
    return model


def stated_directions_model(kind, states, as_inputs, **options):
    """Both directions begin with states: arguments, or inputs as in Keras 2."""
    def build():
        model = Model()
        x = model.input((5, 3))
        given = [model.input((4,)) for _ in range(2 * states)]
        layer = R.bidirectional(kind, 4, 3, **options)
        model.outputs = [model.call(layer, x, *given) if as_inputs else model.call(layer, x, initial_state=given)]
        return model
    return build


def slices_model():
    """Each form of an index: ranges, steps, ends from the back, single places, new axes and the rest."""
    model = Model()
    x = model.input((6, 5, 4))
    every = slice(None)
    keys = [(every, slice(1, 3)), (every, slice(None, None, 2), 1), (every, slice(-3, -1), slice(None, None, -1)),
            (..., -1), (every, slice(4, 0, -2), None, 0), (every, ..., slice(-1, -9, -3)), (every, -1), (every, every, 2, 3),
            (every, 5, slice(0, 99)), (every, every, every), (every, None, slice(2, 3), 1), (slice(None, None, 1), ...)]
    take = lambda: Operation("__operators__.getitem", "GetItem", ["slice_spec"], lambda x, **_: x[0][None][x[1]][0])
    parts = [model.call(take(), x, key) for key in keys]
    parts.append(model.call(L.dense(3, 4), parts[-1]))
    model.outputs = parts
    return model


def divisions_model():
    """By a tensor, of one that is broadcast, and of a number."""
    model = Model()
    far = lambda *shape: [L.numbers(*shape, low=0.5, high=2) for _ in range(2)]
    a, b, c = model.input((4, 3)), model.input((4, 3), far(4, 3)), model.input((3,), far(3))
    divide = lambda: Operation("math.truediv", "TrueDivide", ["y"], lambda x, **_: np.divide(*x, dtype=float))
    quotient = model.call(divide(), a, b)
    model.outputs = [quotient, model.call(divide(), quotient, c), model.call(divide(), c, b), model.call(divide(), 2.5, b),
                     model.call(divide(), a, 4.0)]
    return model


def functions_model():
    """Of one number each, bounds that are constants, and reductions over axes by place and from the back."""
    model = Model()
    x = model.input((4, 3, 2))

    def one(keras2, keras3, function, *values):
        operation = Operation("math." + keras2, keras3, ["y"], lambda x, **_: function(x[0].astype(float), *x[1:]))
        return model.call(operation, *values)

    def over(keras2, keras3, function, axis, keep):
        axes = axis if isinstance(axis, int) else tuple(axis)
        behind = tuple(a - 1 if a > 0 else a for a in ((axes,) if isinstance(axes, int) else axes))
        operation = Operation("math.reduce_" + keras2, keras3, ["axis", "keepdims"],
                              lambda x, **_: function(x[0].astype(float), behind, keepdims=keep))
        return model.call(operation, x, axis, keep)

    size = one("abs", "Absolute", np.abs, x)
    model.outputs = [one("sqrt", "Sqrt", np.sqrt, size), one("square", "Square", np.square, x),
                     one("log", "Log", np.log, one("maximum", "Maximum", np.maximum, size, 0.25)),
                     one("minimum", "Minimum", np.minimum, x, 0.5), one("exp", "Exp", np.exp, x),
                     one("rsqrt", "Rsqrt", lambda v: 1 / np.sqrt(v), one("maximum", "Maximum", np.maximum, size, 0.25)),
                     over("mean", "Mean", np.mean, [1, 2], False), over("mean", "Mean", np.mean, [1, 2], True),
                     over("mean", "Mean", np.mean, -1, True), over("mean", "Mean", np.mean, [1, 3], False),
                     over("sum", "Sum", np.sum, 2, False), over("max", "Max", np.max, [-1, 1], False),
                     over("min", "Min", np.min, [1, 2, 3], True)]
    return model


def attention_model(layer, names=True, **constants):
    def build():
        model = Model()
        q, v = model.input((4, 6)), model.input((5, 6))
        made = layer()
        model.outputs = [model.call(made, q, value=v, **constants) if names else model.call(made, q, v, **constants)]
        return model
    return build


def merges_model():
    model = Model()
    a, b = model.input((4, 3)), model.input((4, 3))
    two = lambda name, f: Layer(name, {}, (), lambda x, **_: f(x[0].astype(float), x[1]))
    results = [model.call(two(name, f), a, b) for name, f in (
        ("Add", np.add), ("Subtract", np.subtract), ("Multiply", np.multiply), ("Maximum", np.maximum),
        ("Minimum", np.minimum), ("Average", lambda x, y: (x + y) / 2))]
    joined = Layer("Concatenate", {"axis": -1}, (), lambda x, **_: np.concatenate(x, -1))
    model.outputs = [model.call(joined, *results), model.call(two("Dot", lambda x, y: x @ y.T), a, b)]
    model.layers[-1].config.update(axes=[2, 2], normalize=False)
    return model


def shared_model():
    """One layer for two inputs, and once more on its own result."""
    model = Model()
    a, b = model.input((4,)), model.input((4,))
    layer = L.dense(4, 4, "tanh")
    c, d = model.call(layer, a), model.call(layer, b)
    e = model.call(layer, c)
    model.outputs = [e, d]
    return model


def inner_model(random):
    inner = Model("inner", random)
    x = inner.input((6,))
    y = inner.call(L.dense(5, 6), x)
    y = inner.call(L.batch_normalization(5), y)
    y = inner.call(L.dense(4, 5, "relu"), y)
    inner.outputs = [inner.call(L.batch_normalization(4), y)]
    return inner


def nested_model():
    """A model as a layer, called twice: in .h5 its trained weights lie before the others."""
    model = Model()
    a, b = model.input((6,)), model.input((6,))
    inner = Layer("Functional", {"name": "inner"}, model=inner_model(model.random))
    first = model.call(L.dense(6, 6), a)
    results = model.call(inner, first), model.call(inner, b)
    model.outputs = [model.call(Layer("Add", {}, (), lambda x, **_: x[0] + x[1]), *results)]
    return model


def twice_numbered_model():
    """Layers of one class, more than ten, which are numbered in .keras files."""
    model = Model()
    x = model.input((3,))
    for _ in range(12):
        x = model.call(L.dense(3, 3, "tanh"), x)
    model.outputs = [x]
    return model


def outputs_of_inputs_model():
    """An output that is an input, and one that is another output."""
    model = Model()
    x = model.input((4,))
    same = model.call(Layer("Dropout", {"rate": 0.3}, (), lambda x, **_: x[0]), x)
    y = model.call(L.dense(3, 4), x)
    model.outputs = [same, y, model.call(Layer("Flatten", {}, (), lambda x, **_: x[0]), y)]
    return model


MODELS = {
    "embedding": embedding_model, "masked embedding": masked_model, "masking": masking_model, "states": stated_model,
    "states as inputs": stated_model_as_inputs, "two directions": two_directions_model, "merges": merges_model, "shared layer": shared_model,
    "nested model": nested_model, "twelve layers of one class": twice_numbered_model,
    "outputs that are inputs": outputs_of_inputs_model, "slices": slices_model, "divisions": divisions_model, "functions": functions_model,
    "two directions with states": stated_directions_model("LSTM", 2, False, sequences=True),
    "two directions with states as inputs": stated_directions_model("GRU", 1, True, mode="sum"),
    "attention": attention_model(R.attention, names=False),
    "attention with scale": attention_model(lambda: R.attention(True), names=False),
    "multi-head attention": attention_model(lambda: R.multi_head_attention(2, 3, 6)),
    "multi-head attention without bias": attention_model(lambda: R.multi_head_attention(2, 3, 6, False)),
    "multi-head attention of Keras 2": attention_model(lambda: R.multi_head_attention(2, 3, 6, private=True)),
    **operations.MODELS, **operations.OF_KERAS_3,
    **{name: one_layer(shape, make) for name, (shape, make) in SINGLE.items()},
    **{"activation " + name: one_layer((5,), lambda name=name: R.activation(name)) for name in L.ACTIVATIONS},
}
