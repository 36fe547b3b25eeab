#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check.py finds one planted mistake of each kind, and none in what is right."""
import tempfile
from pathlib import Path

import check

RIGHT = """# Title
See [that](docs/b.md#a-heading) and `include/{x,y}.hpp`, `runtime/*`.
```sh
cmake --preset tests
etch run model.tflite --top 3
tests/run.sh
```
### "take a smaller one"
`ETCH_KNOWN`, `unit_tests "[tag]"`, `long.md` (at most 2 lines)
"""
WRONG = {
    "links to docs/c.md": "[x](docs/c.md)",
    "no such heading": "[x](docs/b.md#other)",
    "names include/z.hpp": "`include/{x,z}.hpp`",
    "names tests/none.sh": "```sh\ntests/none.sh\n```",
    "names codegen/*.cpp": "`codegen/*.cpp`",
    "but it has 2": "`long.md` (at most 1 lines)",
    "names the preset fast": "`cmake --preset fast`",
    "the option --most": "```sh\netch run model.tflite --most 3\n```",
    "names ETCH_UNKNOWN": "ETCH_UNKNOWN",
    "quotes \"take a larger one\"": "### \"take a larger one\"",
    "names tests [none]": "`unit_tests \"[none]\"`",
}


def make_tree(root, readme):
    files = {"README.md": readme, "CONTRIBUTING.md": "", "docs/b.md": "# A heading\n", "long.md": "\n\n", "include/x.hpp": "",
             "include/y.hpp": "", "runtime/r.hpp": 'ETCH_KNOWN "take "\n  "a smaller one"', "codegen/tool/run.cpp": '"--top"', "cmake/c.cmake": "",
             "tests/run.sh": "", "tests/t.cpp": "[tag]", "examples/e/README.md": "", "CMakeLists.txt": "",
             "CMakePresets.json": '{"configurePresets": [{"name": "tests"}]}'}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


failed = 0
for wanted, planted in {"": "", **WRONG}.items():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        make_tree(root, RIGHT + planted + "\n")
        vars(check.known_macros).clear()
        vars(check.said).clear()
        found = list(check.problems(root))
        if (len(found) != 1 or wanted not in found[0]) if wanted else found:
            failed += 1
            print(f"planted {planted!r}: found {found}")
print(f"{len(WRONG)} planted mistakes, {failed} missed")
raise SystemExit(1 if failed else 0)
