#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What docs/site makes: the reference of a header, as it should be read; the site of the tree, without a link that leads
nowhere; and an error for a document that is on no page, and for a link that is broken."""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/site"))
import reference  # noqa: E402

HEADER = '''#pragma once
namespace etch {
namespace detail {
/// Nobody's business.
struct Hidden {};
}  // namespace detail

/// Scales x by a_b * c, `as_is`.
/// \\param x what is scaled
/// \\returns it.
template <class T>
  requires requires(T x) { x.size(); }
constexpr int scale(const T& x, int by = {}) {
  return 0;
}

/// A layer.
struct Layer {
  int units = 1;  ///< how many
  float rate{};
  LayerState state{};
  static constexpr int most = 3;

  int undocumented() { return 1; }
  /// Calls it.
  int operator()(int x) {
    if (x) {
      return 2;
    }
    return 1;
  }

 private:
  int secret = 0;
};
}  // namespace etch
'''
PAGE = '''# Title

`#include <h.hpp>`

## scale

Scales x by a\\_b \\* c, `as_is`.

- `x`: what is scaled

- Returns it.

```cpp
template <class T> constexpr int scale(const T& x, int by = {});
```

## Layer

A layer.

```cpp
struct Layer {
  int units = 1;  ///< how many
  float rate{};

  /// Calls it.
  int operator()(int x);
};
```

'''


def check_reference():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "include").mkdir()
        (Path(folder) / "include/h.hpp").write_text(HEADER)
        text, count = reference.page(folder, "Title", ["include/*.hpp"])
    if (text, count) != (PAGE, 2):
        raise SystemExit(f"the reference of a header reads:\n{text}")


def build(root, site):
    return subprocess.run([sys.executable, "-B", root / "docs/site/build.py", site], capture_output=True, text=True)


def check_site():
    with tempfile.TemporaryDirectory() as folder:
        whole = build(ROOT, Path(folder) / "site")
        if whole.returncode or not (Path(folder) / "site/reference/layers/index.html").exists():
            raise SystemExit(f"the site: {whole.stdout}{whole.stderr}")
        elsewhere = [file for file in (Path(folder) / "site").rglob("*.html") if "fonts.googleapis" in file.read_text()]
        if elsewhere:
            raise SystemExit(f"{elsewhere[0]} needs a network")
        tree = Path(folder) / "tree"
        for room in ("docs", "examples", "include", "runtime"):
            shutil.copytree(ROOT / room, tree / room)
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"):
            shutil.copy(ROOT / name, tree)
        (tree / "docs/forgotten.md").write_text("# On no page\n")
        expect_error(tree, folder, "docs/forgotten.md")
        (tree / "docs/forgotten.md").unlink()
        (tree / "docs/limits.md").write_text("# Limits\n\n[nowhere](nothing.md)\n")
        expect_error(tree, folder, "nothing.md")


def expect_error(tree, folder, name):
    broken = build(tree, Path(folder) / "broken")
    if broken.returncode != 1 or name not in broken.stderr:
        raise SystemExit(f"{name} is no error of the site: {broken.returncode} {broken.stderr}")


check_reference()
if not shutil.which("mkdocs"):
    print("skipped: the site needs mkdocs-material")
    raise SystemExit(77)
check_site()
print("site: the reference, the whole, and two planted mistakes")
