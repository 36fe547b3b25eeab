# SPDX-License-Identifier: BSL-1.0
"""Writes models as Keras does: whole models as HDF5 of Keras 2, and .keras archives of Keras 2.15 and 3."""
import io
import json
import re
import zipfile

import h5py
import numpy as np


class Layer:
    """A layer: its class, configuration, weights in the order of get_weights(), and what it computes.

    `weights` are (role, array) or (role, array, store): the group below the layer's own in a .keras file.
    `function` takes lists of arrays of one sample, and the named ones, and gives an array or a list of them.
    """

    def __init__(self, class_name, config=None, weights=(), function=None, frozen=(), model=None, module="keras.layers"):
        self.class_name, self.config, self.function = class_name, dict(config or {}), function
        self.weights = [w if len(w) == 3 else (*w, "") for w in weights]
        self.frozen = set(frozen)  # roles that are not trained
        self.model, self.module = model, module
        self.name = self.config.setdefault("name", snake_case(class_name))
        self.nodes = []

    def trained(self):
        if self.model:
            return [w for layer in self.model.layers for w in layer.trained()]
        return [(self.name, role, array) for role, array, _ in self.weights if role not in self.frozen]

    def others(self):
        if self.model:
            return [w for layer in self.model.layers for w in layer.others()]
        return [(self.name, role, array) for role, array, _ in self.weights if role in self.frozen]


class Operation(Layer):
    """What stands between layers: a function of tf and its later arguments in Keras 2, a class of keras.ops in 3."""

    def __init__(self, keras2, keras3, arguments, function):
        super().__init__("SlicingOpLambda" if keras2.endswith("getitem") else "TFOpLambda", {"name": "tf." + keras2},
                         function=function)
        self.keras2, self.keras3, self.arguments = keras2, keras3, arguments


class Tensor:
    """The result of a call: where it comes from, and its numbers for each sample."""

    def __init__(self, layer, node, index, values):
        self.layer, self.node, self.index, self.values = layer, node, index, values

    @property
    def history(self):
        return [self.layer.name, self.node, self.index]


class Model:
    """A Functional model that is run while it is made, on `samples` samples."""

    samples = 2

    def __init__(self, name="model", random=None):
        self.name, self.layers, self.inputs, self.outputs = name, [], [], []
        self.random = random or np.random.RandomState(7)

    def input(self, shape, values=None, declared=None, dtype="float32"):
        layer = Layer("InputLayer", {"name": f"input_{len(self.inputs)}"})
        layer.config.update(dtype=dtype, sparse=False, ragged=False)
        layer.shape = [None, *(declared or shape)]
        if values is None:
            values = [self.random.uniform(-1, 1, shape).astype(np.float32) for _ in range(self.samples)]
        self.layers.append(layer)
        layer.nodes.append(None)
        self.inputs.append(Tensor(layer, 0, 0, values))
        return self.inputs[-1]

    def call(self, layer, *tensors, constants=None, **named):
        if layer not in self.layers:
            taken = [other.name for other in self.layers]
            number = 1
            base = layer.name
            while layer.name in taken:
                layer.name = f"{base}_{number}"
                number += 1
            layer.config["name"] = layer.name
            self.layers.append(layer)
        layer.nodes.append((list(tensors), named))
        first = 1 if layer.model else 0  # a model has a call of its own before
        results = []
        for sample in range(self.samples):
            at = lambda t: [at(u) for u in t] if isinstance(t, list) else t.values[sample] if isinstance(t, Tensor) else t
            arrays = {k: at(v) for k, v in named.items()}
            inputs = [at(t) for t in tensors]
            result = layer.model.run(inputs) if layer.model else layer.function(inputs, **arrays)
            results.append(result if isinstance(result, list) else [result])
        made = [Tensor(layer, len(layer.nodes) - 1 + first, k, [r[k] for r in results]) for k in range(len(results[0]))]
        return made[0] if len(made) == 1 else made

    def run(self, arrays):
        """Again, on other arrays of one sample."""
        values = {tensor.layer.name: [[array]] for tensor, array in zip(self.inputs, arrays)}
        for layer in self.layers:
            if layer.class_name == "InputLayer":
                continue
            values[layer.name] = []
            for tensors, named in layer.nodes:
                first = lambda t: values[t.layer.name][t.node - (1 if t.layer.model else 0)][t.index]
                inputs = [first(t) if isinstance(t, Tensor) else t for t in tensors]
                result = layer.model.run(inputs) if layer.model else layer.function(inputs)
                values[layer.name].append(result if isinstance(result, list) else [result])
        out = [values[t.layer.name][t.node - (1 if t.layer.model else 0)][t.index] for t in self.outputs]
        return out if len(out) > 1 else out[0]


def snake_case(name):
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def tensor_of_keras3(tensor):
    if isinstance(tensor, list):
        return [tensor_of_keras3(t) for t in tensor]
    if not isinstance(tensor, Tensor):
        return tensor
    shape = [None, *np.shape(tensor.values[0])]
    return {"class_name": "__keras_tensor__",
            "config": {"shape": shape, "dtype": "float32", "keras_history": tensor.history}}


def index_of(key, version):
    """What stands between brackets."""
    if isinstance(key, tuple):
        return [index_of(one, version) for one in key]
    if isinstance(key, slice):
        ends = {"start": key.start, "stop": key.stop, "step": key.step}
        return {"class_name": "__slice__", "config": ends} if version >= 3 else ends
    return {"class_name": "__ellipsis__"} if key is Ellipsis else key


def node_of(layer, node, version):
    tensors, named = node
    if isinstance(layer, Operation):
        tensors = [t if isinstance(t, (Tensor, list)) else index_of(t, version) for t in tensors]
        if version >= 3:
            return {"args": [tensor_of_keras3(t) for t in tensors], "kwargs": {}}
        first, named = tensors[0], dict(zip(layer.arguments, tensors[1:]))
        tensors = first if isinstance(first, list) else [first]
    elif version >= 3:
        arguments = [tensor_of_keras3(t) for t in tensors]
        if len([t for t in tensors if isinstance(t, Tensor)]) > 1:
            arguments = [arguments]
        return {"args": arguments, "kwargs": {k: tensor_of_keras3(v) for k, v in named.items()}}
    refer = lambda t: [refer(u) for u in t] if isinstance(t, list) else t.history if isinstance(t, Tensor) else t
    named = {k: refer(v) for k, v in named.items()}
    return [[*t.history, named] if isinstance(t, Tensor) else ["_CONSTANT_VALUE", -1, t, named] for t in tensors]


def config_of(layer, version):
    if layer.model:
        return model_config(layer.model, version)["config"]
    config = dict(layer.config)
    if isinstance(layer, Operation):
        return {"name": layer.name} if version >= 3 else {**config, "function": layer.keras2}
    if version >= 3:
        config["dtype"] = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
                           "registered_name": None}
    if layer.class_name == "InputLayer":
        config["batch_shape" if version >= 3 else "batch_input_shape"] = layer.shape
        config["dtype"] = layer.config["dtype"]
    return config


def model_config(model, version):
    layers = []
    for layer in model.layers:
        nodes = [node_of(layer, node, version) for node in layer.nodes if node]
        entry = {"class_name": "Functional" if layer.model else layer.class_name, "config": config_of(layer, version),
                 "name": layer.name, "inbound_nodes": nodes}
        if version >= 3:
            entry["module"] = layer.module
            if isinstance(layer, Operation):
                entry.update(module="keras.src.ops.numpy", class_name=layer.keras3)
        layers.append(entry)
    config = {"name": model.name, "trainable": True, "layers": layers,
              "input_layers": [t.history for t in model.inputs], "output_layers": [t.history for t in model.outputs]}
    if version >= 3 and len(model.inputs) == 1:
        config["input_layers"] = config["input_layers"][0]
    return {"class_name": "Functional", "config": config}


def write_texts(group, name, texts, chunk=None):
    """Attributes longer than 64 KB lie in several: `chunk` makes shorter ones do so too."""
    texts = [text.encode() for text in texts]
    if not chunk:
        group.attrs[name] = texts
        return
    for i in range(0, len(texts), chunk):
        group.attrs[f"{name}{i // chunk}"] = texts[i:i + chunk]


def write_weights_h5(group, model, chunk=None):
    group.attrs["backend"], group.attrs["keras_version"] = "tensorflow", "2.11.0"
    write_texts(group, "layer_names", [layer.name for layer in model.layers], chunk)
    for layer in model.layers:
        inner = group.create_group(layer.name)
        weights = layer.trained() + layer.others()
        names = [f"{owner}/{role}:0" for owner, role, _ in weights]
        names = [name if names.count(name) == 1 else f"part{i}/{name}" for i, name in enumerate(names)]
        write_texts(inner, "weight_names", names, chunk)
        for name, (_, _, array) in zip(names, weights):
            inner[name] = array


def write_h5(path, model, version="2.11.0", chunk=None, config=None):
    with h5py.File(path, "w") as file:
        file.attrs["backend"], file.attrs["keras_version"] = "tensorflow", version
        file.attrs["model_config"] = json.dumps(config or model_config(model, int(version[0])))
        file.attrs["training_config"] = "{}"
        write_weights_h5(file.create_group("model_weights"), model, chunk)
        file.create_group("optimizer_weights")["iteration"] = np.int64(3)


def stored_arrays(model, path=""):
    """The groups of arrays of a .keras file: (path, name, arrays)."""
    groups, used = [(path, model.name, [])], {}
    for layer in model.layers:
        if isinstance(layer, Operation):
            continue
        base = "functional" if layer.model else snake_case(layer.class_name)
        number = used.get(base, 0)
        used[base] = number + 1
        place = f"{path}layers/{base}" + (f"_{number}" if number else "")
        if layer.model:
            groups += stored_arrays(layer.model, place + "/")
            continue
        stores = {"": []}
        for _, array, store in layer.weights:
            stores.setdefault(store, []).append(array)
        for store, arrays in stores.items():
            groups.append((place + ("/" + store if store else ""), layer.name if not store else "", arrays))
    return groups


def weights_as_hdf5(model, named):
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        for path, name, arrays in stored_arrays(model):
            group = file.create_group(path.rstrip("/") + "/vars" if path else "vars")
            if named and name:
                group.attrs["name"] = name
            for i, array in enumerate(arrays):
                group[str(i)] = array
        file["optimizer/vars/0"] = np.zeros(5)
    return memory.getvalue()


def weights_as_npz(model):
    memory = io.BytesIO()
    contents = {path.rstrip("/") or "__root__": {str(i): a for i, a in enumerate(arrays)}
                for path, _, arrays in stored_arrays(model)}
    np.savez(memory, **contents)
    return memory.getvalue()


def write_keras(path, model, version="3.9.2", weights="h5", method=zipfile.ZIP_STORED, config=None):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version, "date_saved": "2026-01-01@00:00:00"}))
        archive.writestr("config.json", json.dumps(config or model_config(model, int(version[0]))))
        contents = weights_as_npz(model) if weights == "npz" else weights_as_hdf5(model, version[0] == "3")
        archive.writestr(f"model.weights.{weights}", contents)
