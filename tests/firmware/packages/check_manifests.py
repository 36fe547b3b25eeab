#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_manifests.py KIND FOLDER NAME VERSION [EXAMPLE]: what a package says of itself, against its ecosystem's schema.

Arduino's and CMSIS-Pack's are found by ETCH_MATERIAL; the others', as far as packages use them, lie here. Exit code 77
where a schema is not there.
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
from pykwalify.core import Core
from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent


def check(good, sentence):
    if not good:
        raise SystemExit(f"check_manifests: {sentence}")


def published(name):
    path = Path(os.environ.get("ETCH_MATERIAL", "/nowhere"), "schemas", name)
    if not path.exists():
        print(f"check_manifests: skipped, there is no {path}: ETCH_MATERIAL says where schemas are")
        raise SystemExit(77)
    return path


def there(folder, *names):
    for name in names:
        check((folder / name).exists(), f"there is no {name} in {folder}")


def yaml_of(path):
    return YAML(typ="safe").load(path.read_text())


def arduino(folder, name, version):
    lines = (folder / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    check(len(fields) == len(lines), "library.properties says a thing twice")
    schema = published("arduino-library-properties-strict-schema.json")
    store = {json.loads(p.read_text())["$id"]: json.loads(p.read_text()) for p in schema.parent.glob("*.json")}
    strict = json.loads(schema.read_text())
    jsonschema.Draft7Validator(strict, resolver=jsonschema.RefResolver(strict["$id"], strict, store),
                               format_checker=jsonschema.FormatChecker()).validate(fields)
    check(fields["version"] == version and fields["name"] == name, "library.properties has another name or version")
    check(fields["precompiled"] == "true" and fields["ldflags"] == f"-l{name}", "the library is not linked")
    there(folder / "src", *fields["includes"].split(","))
    header = (folder / "src" / f"{name}.h").read_text()
    for line in (folder / "keywords.txt").read_text().splitlines():
        word, kind = line.split("\t")
        check(re.search(rf"\b{word}\b", header) and kind in ("KEYWORD1", "KEYWORD2", "LITERAL1"), f"keywords.txt: {line}")


def platformio(folder, name, version):
    manifest = json.loads((folder / "library.json").read_text())
    jsonschema.validate(manifest, json.loads((HERE / "library.schema.json").read_text()),
                        format_checker=jsonschema.FormatChecker())
    check(manifest["version"] == version and manifest["name"] == name, "library.json has another name or version")
    build = manifest["build"]
    there(folder, build["srcDir"], build["includeDir"], *(build[k] for k in ("extraScript",) if k in build))
    there(folder / build["includeDir"], manifest["headers"])
    for example in manifest["examples"]:
        there(folder / example["base"], *example["files"])


def zephyr(folder, name, version, example="selftest", source="src/main.c"):
    for path, schema in (("zephyr/module.yml", "module.schema.yml"), (f"samples/{example}/sample.yaml", "sample.schema.yml")):
        Core(source_file=str(folder / path), schema_files=[str(HERE / schema)]).validate(raise_exception=True)
    module = yaml_of(folder / "zephyr/module.yml")
    check(module["name"] == name, "module.yml has another name")
    check(f"version {version}," in (folder / "zephyr/module.yml").read_text(), "module.yml has another version")
    there(folder, module["build"]["kconfig"], module["build"]["cmake"] + "/CMakeLists.txt", *module["samples"])
    for sample in module["samples"]:
        there(folder / sample / example, "CMakeLists.txt", "prj.conf", "sample.yaml", source)


def esp_idf(folder, name, version):
    manifest = yaml_of(folder / "idf_component.yml")
    jsonschema.validate(manifest, json.loads((HERE / "idf_component.schema.json").read_text()),
                        format_checker=jsonschema.FormatChecker())
    check(manifest["version"] == version, "idf_component.yml has another version")
    for example in manifest["examples"]:
        there(folder / example["path"], "CMakeLists.txt", "main/CMakeLists.txt", "main/idf_component.yml")
        needs = yaml_of(folder / example["path"] / "main/idf_component.yml")["dependencies"][name]
        check((folder / example["path"] / "main" / needs["path"]).resolve() == folder.resolve(), "the example's path")


def cmsis_pack(folder, name, version):
    [description] = folder.glob("*.pdsc")
    said = subprocess.run(["xmllint", "--noout", "--schema", published("PACK.xsd"), description], capture_output=True,
                          text=True)
    check(said.returncode == 0, said.stderr)
    pack = ElementTree.parse(description).getroot()
    check(description.name == f"{pack.findtext('vendor')}.{pack.findtext('name')}.pdsc", "the name of the .pdsc")
    check(pack.findtext("name") == name, "the pack has another name")
    versions = {r.get("version") for r in pack.iter("release")} | {c.get("Cversion") for c in pack.iter("component")}
    check(versions == {version}, f"the pack has the versions {versions}")
    there(folder, *(f.get("name") for f in pack.iter("file")), *(f.get("name") for f in pack.iter("license")))
    conditions = {c.get("id") for c in pack.iter("condition")}
    check({c.get("condition") for c in pack.iter("component")} <= conditions, "a condition is not there")


def main():
    kind, folder, name, version, *example = sys.argv[1:]
    folder = Path(folder)
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in (".a", ".bin"):
            found = re.search(r"@[A-Za-z_]+@", path.read_text())
            check(not found, f"{path} says {found and found[0]}")
    {"arduino": arduino, "platformio": platformio, "zephyr": zephyr, "esp-idf": esp_idf,
     "cmsis-pack": cmsis_pack}[kind](folder, name, version, *((example[0], "src/main.cpp") if example and kind == "zephyr" else ()))
    print("manifests ok")


if __name__ == "__main__":
    main()
