# SPDX-License-Identifier: BSL-1.0
"""Every command's --json against docs/tool.schema.json, and what is printed of three models against docs/tool_*.md.

    schema_test.py <etch> <docs>

Exit code 77, which CTest counts as skipped: no ETCH_MATERIAL. Without jsonschema the schema's part is skipped.
"""
import copy
import json
import os
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None
DOCS = pathlib.Path(sys.argv.pop(2)) if len(sys.argv) > 2 else None
ETCH = sys.argv.pop(1) if len(sys.argv) > 1 else "etch"
MODELS = pathlib.Path(os.environ.get("ETCH_MATERIAL", "/nowhere")) / "models"
KWS = MODELS / "mlperf_tiny/kws/kws_ref_model.tflite"
GOLDEN = MODELS / "mlperf_tiny/golden"


def etch(*arguments, folder=None, path=None):
    environment = dict(os.environ, PATH=path) if path else None
    return subprocess.run([ETCH, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True,
                          check=False)


VERSION = etch("--version").stdout  # which says what a build is without


@unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        schema = json.loads((DOCS / "tool.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)
        inputs, outputs = GOLDEN / "kws_vec16_input.bin", GOLDEN / "kws_vec16_output.bin"
        wrong = root / "wrong.bin"
        wrong.write_bytes(bytes(outputs.stat().st_size))
        (root / "labels.txt").write_text("\n".join(f"word {i}" for i in range(12)) + "\n", encoding="utf-8")
        (root / "x.bin").write_bytes(struct.pack("<64f", *(i / 10 for i in range(64))))
        (root / "y.csv").write_text("".join(f"{i / 99}\n" for i in range(64)), encoding="utf-8")
        sine = MODELS / "tflm/hello_world_float.tflite"
        cls.calls = {
            "boards": (["boards"], 0),
            "inspect": (["inspect", KWS, "--board", "nano33ble"], 0),
            "inspect of floats": (["inspect", sine], 0),
            "run": (["run", KWS, inputs, "--labels", root / "labels.txt"], 0),
            "run to a file": (["run", KWS, inputs, "-o", root / "y.npy"], 0),
            "compile": (["compile", KWS, "--board", "m4", "-o", root / "out"], 0),
            "verify layers": (["verify", KWS, inputs], 0),
            "verify outputs": (["verify", KWS, "--inputs", inputs, "--outputs", outputs], 0),
            "verify wrong outputs": (["verify", KWS, inputs, "--outputs", wrong, "--tolerance", "0.1"], 1),
            "sensitivity": (["sensitivity", sine, "--data", root / "x.bin", "--labels", root / "y.csv"], 0),
            "sensitivity within": (["sensitivity", sine, "--data", root / "x.bin", "--labels", root / "y.csv", "--ram", "3K"],
                                   0),
            "fit-in": (["fit-in", sine], 0), "fit-in enough": (["fit-in", sine, "--ram", "64K"], 0),
            "report": (["report", KWS, "-o", root / "r.html", "--board", "bluepill", "--ram", "4K"], 0),
            "report of quantized": (["report", sine, "--int8", "--calibrate", root / "x.bin", "-o", root / "q.html"], 0)}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_what_is_printed_is_what_the_schema_says(self):
        for name, (arguments, code) in self.calls.items():
            with self.subTest(call=name):
                result = etch(*arguments, "--json")
                self.assertEqual(result.returncode, code, result.stderr)
                data = json.loads(result.stdout)
                self.assertEqual(data["command"], arguments[0])
                self.validator.validate(data)

    def test_a_proof_without_compilers_says_what_is_missing(self):
        result = etch("prove", KWS, "--board", "m4", "-o", self.folder.name + "/proof", "--json", path="/nowhere")
        self.assertEqual(result.returncode, 0, result.stderr)
        data = json.loads(result.stdout)
        self.validator.validate(data)
        verdicts = {claim["id"]: claim["verdict"] for claim in data["claims"]}
        self.assertEqual(verdicts, {"data": "not_run", "memory": "not_run", "overflow": "proven",
                                    "instructions": "not_run", "addresses": "not_run", "stack": "not_run"})
        for claim in data["claims"]:
            if claim["verdict"] == "not_run":
                self.assertIn("installed", claim["findings"][0])

    def test_the_schema_refuses_what_is_not_so(self):
        right = json.loads(etch("inspect", KWS, "--json").stdout)
        for change in (lambda d: d.pop("memory"), lambda d: d.update(more=1), lambda d: d.update(command="run"),
                       lambda d: d["memory"].update(ram="much"), lambda d: d["operators"][0].update(type="int4")):
            wrong = copy.deepcopy(right)
            change(wrong)
            with self.assertRaises(jsonschema.ValidationError):
                self.validator.validate(wrong)

    def test_a_mistake_prints_no_json(self):
        result = etch("inspect", "nowhere.tflite", "--json")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("nowhere.tflite", result.stderr)


def tail(path, size):
    """The numbers at the end of a tensor of ONNX's test data."""
    return path.read_bytes()[-size:]


class Golden(unittest.TestCase):
    """The text in the docs is what is printed."""

    def check(self, document, files):
        text = (DOCS / document).read_text(encoding="utf-8")
        calls = re.findall(r"```\n\$ etch ([^\n]+)\n(.*?)```", text, re.S)
        self.assertGreaterEqual(len(calls), 4)
        with tempfile.TemporaryDirectory() as folder:
            for name, there in files.items():
                if isinstance(there, bytes):
                    (pathlib.Path(folder) / name).write_bytes(there)
                else:
                    os.symlink(there, pathlib.Path(folder) / name)
            for call, printed in calls:
                with self.subTest(call=call):
                    result = etch(*shlex.split(call), folder=folder)
                    self.assertEqual(result.stdout + result.stderr, printed)

    def test_a_keyword_model(self):
        self.check("tool_kws.md", {"kws.tflite": KWS, "words.bin": GOLDEN / "kws_vec16_input.bin",
                                   "theirs.bin": GOLDEN / "kws_vec16_output.bin"})

    @unittest.skipIf("libhdf5" in VERSION or "libzip" in VERSION, "this build reads no files of Keras")
    def test_a_model_of_keras(self):
        self.check("tool_keras.md", {"digits.keras": MODELS / "keras/mnist_moonflower.keras",
                                     "nested.keras": MODELS / "keras/pre_pr22362_nested_container.keras"})

    @unittest.skipIf("libonnx" in VERSION, "this build reads no files of ONNX")
    def test_a_model_of_onnx(self):
        mnist = MODELS / "onnx/mnist8"
        digits = [tail(mnist / f"test_data_set_{i}/input_0.pb", 4 * 784) for i in range(3)]
        theirs = [tail(mnist / f"test_data_set_{i}/output_0.pb", 4 * 10) for i in range(3)]
        self.check("tool_onnx.md", {"mnist.onnx": mnist / "model.onnx", "digits.bin": b"".join(digits),
                                    "theirs.bin": b"".join(theirs)})


if __name__ == "__main__":
    if not KWS.exists():
        print("skipped: ETCH_MATERIAL does not name a folder with models/mlperf_tiny")
        sys.exit(77)
    unittest.main()
