#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""models.py <folder> <model>...: brings models of MLPerf Tiny, from $ETCH_MATERIAL or the public repository.

A file counts by its SHA-256 alone. A download that breaks off leaves nothing that a later run would take for a model.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

KNOWN = json.loads((pathlib.Path(__file__).parent / "models.json").read_text())


def has_sum(path, model):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == KNOWN["models"][model]["sha256"]


def from_material(model, to):
    """Whether the model was there."""
    if not os.environ.get("ETCH_MATERIAL"):
        return False
    path = pathlib.Path(os.environ["ETCH_MATERIAL"], "models/mlperf_tiny", KNOWN["models"][model]["material"])
    if not path.exists():
        print(f"ETCH_MATERIAL has no {path}")
        return False
    if not has_sum(path, model):
        sys.exit(f"error: {path} is not the file that MLPerf Tiny published (its SHA-256 differs): replace it")
    shutil.copyfile(path, to)
    return True


def download(model, to):
    url = KNOWN["repository"] + KNOWN["models"][model]["path"]
    part = to.with_suffix(".part")
    if shutil.which("curl"):
        command = ["curl", "-fsSL", "--connect-timeout", "20", "-o", str(part), url]
    elif shutil.which("wget"):
        command = ["wget", "-q", "-T", "20", "-t", "2", "-O", str(part), url]
    else:
        sys.exit(f"error: the model {model} is not at hand: set ETCH_MATERIAL to the folder with models/mlperf_tiny, or "
                 "install curl or wget, which would download it")
    print(f"downloading {url}", flush=True)
    if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        part.unlink(missing_ok=True)
        sys.exit(f"error: the model {model} is not at hand, and the download of {url} failed: check the network, or "
                 "set ETCH_MATERIAL to the folder with models/mlperf_tiny")
    if not has_sum(part, model):
        part.unlink()
        sys.exit(f"error: what came from {url} is not the file that MLPerf Tiny published (its SHA-256 differs)")
    part.replace(to)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for model in sys.argv[2:]:
        to = folder / f"{model}.tflite"
        if not has_sum(to, model) and not from_material(model, to):
            download(model, to)


if __name__ == "__main__":
    main()
