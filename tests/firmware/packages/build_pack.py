#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""build_pack.py FOLDER ROOT BOARD ELF: a component of a CMSIS-Pack with its template, as the .pdsc lists files and
include paths and as README.md's cproject.yml has the flags for GCC, for a board of the emulator."""
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from ruamel.yaml import YAML

folder, root, board, elf = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
[description] = folder.glob("*.pdsc")
[component] = ElementTree.parse(description).getroot().iter("component")
files = list(component.iter("file"))
text = re.search(r"```yaml\n(.*?)```", (folder / "README.md").read_text(), re.S)[1]
[listed] = YAML(typ="safe").load(text)["components"]
[flags] = [misc["CPP"] for misc in listed["misc"] if misc["for-compiler"] == "GCC"]
vendor, place = listed["component"].split("::")
if place.split(":") != [component.get(k) for k in ("Cclass", "Cgroup", "Csub")] or f"{vendor}." not in description.name:
    raise SystemExit(f"build_pack: README.md names the component {listed['component']}")

arch = root / "runtime/boards/arm"
cpu = (arch / board / "flags").read_text().split() + ["-Os", "-ffunction-sections", "-fdata-sections", "-Wall", "-Wextra"]
includes = [f for f in files if f.get("category") == "include"]
public = {str((folder / f.get("name")).parent) for f in files if f.get("category") == "header"}
public |= {str(folder / f.get("name")) for f in includes if f.get("scope") != "private"}
private = {str(folder / f.get("name")) for f in includes if f.get("scope") == "private"}


def compiled(path, options):
    target = elf.with_name(path.stem + ".o")
    cpp = path.suffix == ".cpp"
    subprocess.run(["arm-none-eabi-g++" if cpp else "arm-none-eabi-gcc", *cpu, *([] if cpp else ["-std=gnu11"]), *options,
                    *(flags if cpp else []), "-c", path, "-o", target], check=True)
    return target


objects = [compiled(folder / f.get("name"), [f"-I{i}" for i in sorted(public | (set() if f.get("attr") else private))])
           for f in files if f.get("category") == "source"]
objects += [compiled(path, [f"-I{root}", f"-I{arch / board}"])
            for path in (arch / "startup.c", arch / "console.c", Path(__file__).with_name("printf.c"))]
subprocess.run(["arm-none-eabi-gcc", *cpu, "--specs=nano.specs", "--specs=nosys.specs", "-nostartfiles", "-Wl,--gc-sections",
                f"-L{arch}", "-T", arch / board / "board.ld", *objects, "-o", elf], check=True)
