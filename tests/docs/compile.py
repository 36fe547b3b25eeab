#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The C++ of the documents compiles: each document's blocks are one program, in their order.
compile.py <compiler> [<document> ...]

A block sees the declarations of those before it, and may declare a name anew. One whose lines at the margin are statements
stands in a function. before/<document>.hpp has what a document takes for granted."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import check

ROOT = Path(__file__).parents[2].resolve()
DOCUMENTS = ["README.md", *(f"docs/{name}.md" for name in
             ("cpp_projects", "data", "declare", "layers", "losses_and_metrics", "primitive", "quantization", "tool", "training",
              "training_loop"))]
_STATEMENT = re.compile(r"^(?:[a-z_]\w*(?:\.|\[)|std::(?:printf|puts)|host::\w+\(|for \()", re.M)


def program_of(document):
    text = (ROOT / document).read_text()
    includes, body, closing = [], [], ""
    before = Path(__file__).parent / "before" / (Path(document).stem + ".hpp")
    for k, block in enumerate(b for language, b in check.code_blocks(text) if language == "cpp"):
        lines = block.splitlines()
        includes += [line for line in lines if line.startswith("#include")]
        code = "\n".join(line for line in lines if not line.startswith("#include"))
        body.append(f"namespace block_{k} {{\n")
        if _STATEMENT.search(code):
            using = [line for line in code.splitlines() if line.startswith("using ")]
            rest = [line for line in code.splitlines() if not line.startswith("using ")]
            code = "\n".join([*using, f"void statements_{k}() {{", *rest, "}"])
        body.append(code + "\n")
        closing += "}\n"
    start = f'#include "{before}"\n' if before.exists() else ""
    return ("#include <etch/etch.hpp>\n#include <algorithm>\n#include <cstdio>\n#include <string>\n#include <vector>\n"
            + "\n".join(includes) + "\nusing namespace etch;\n" + start + "".join(body) + closing)


class Compiler:
    """A compiler that reads Etch's headers once for all programs, into `folder`."""

    def __init__(self, compiler, folder):
        clang = "clang" in compiler
        self.folder = Path(folder)
        limit = "-fconstexpr-steps=100000000" if clang else "-fconstexpr-ops-limit=1000000000"
        self.command = [compiler, "-std=c++20", limit, "-ffp-contract=off", "-DETCH_HOST=1", "-DETCH_PORTABLE_KERNELS",
                        f"-I{ROOT}/include", f"-I{ROOT}", "-isystem", "/usr/include/eigen3"]
        header = self.folder / "etch.hpp"
        header.write_text("#include <etch/etch.hpp>\n")
        compiled = self.folder / ("etch.pch" if clang else "etch.hpp.gch")
        subprocess.run([*self.command, "-x", "c++-header", header, "-o", compiled], check=True)
        self.command += ["-include-pch", compiled] if clang else ["-include", header]

    def compiles(self, document):
        source = self.folder / (Path(document).stem + ".cpp")
        source.write_text(program_of(document))
        result = subprocess.run([*self.command, "-fsyntax-only", source], capture_output=True, text=True, check=False)
        errors = [line for line in result.stderr.splitlines() if "error" in line]
        if result.returncode == 0:
            return True
        print(f"{document}: {len(errors)} errors", *errors[:10], sep="\n  ")
        return False


if __name__ == "__main__":
    chosen = sys.argv[2:] or DOCUMENTS
    if not Path("/usr/include/eigen3").exists() and "docs/cpp_projects.md" in chosen:
        chosen.remove("docs/cpp_projects.md")
        print("skipped: docs/cpp_projects.md needs libeigen3-dev")
    with tempfile.TemporaryDirectory() as temporary:
        reader = Compiler(sys.argv[1], temporary)
        wrong = [document for document in chosen if not reader.compiles(document)]
    print(f"docs: the C++ of {len(chosen) - len(wrong)} of {len(chosen)} documents compiles with {sys.argv[1]}")
    sys.exit(1 if wrong else 0)
