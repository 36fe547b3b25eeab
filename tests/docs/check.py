#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the documents name is there: linked files and headings, paths, presets, options of the tool, macros, tags of
tests. Reads README.md, CONTRIBUTING.md, docs/ and the examples' README.md. check.py [<root>]"""
import itertools
import json
import re
import sys
from pathlib import Path

ROOMS = ("include", "runtime", "codegen", "tests", "examples", "docs", "cmake")
_CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TICKS = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"^(?:\./)?((?:" + "|".join(ROOMS) + r")/[\w./*{},-]+)$")
_BRACES = re.compile(r"\{([^{}]*)\}")


def documents(root):
    yield from (root / name for name in ("README.md", "CONTRIBUTING.md"))
    yield from sorted((root / "docs").glob("*.md"))
    yield from sorted((root / "examples").glob("*/README.md"))


def code_blocks(text):
    """(language, text) of each block."""
    return [(match[1], match[2]) for match in _CODE.finditer(text)]


def heading_names(text):
    """Anchors as GitHub makes them."""
    for heading in re.findall(r"^#+ (.*)$", _CODE.sub("", text), re.M):
        yield re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def expanded(path):
    """a/{b,c}.hpp as a/b.hpp and a/c.hpp."""
    match = _BRACES.search(path)
    if not match:
        return [path]
    return list(itertools.chain.from_iterable(
        expanded(path[:match.start()] + part + path[match.end():]) for part in match[1].split(",")))


def is_there(root, path):
    return any(root.glob(path.rstrip("/"))) if "*" in path else (root / path).exists()


def check_links(root, document, text):
    for target in _LINK.findall(_CODE.sub("", text)):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists():
            yield f"links to {target}, which is not there"
        elif anchor and anchor not in heading_names(file.read_text()):
            yield f"links to {target}, which has no such heading"


def check_paths(root, text):
    words = _TICKS.findall(_CODE.sub("", text))
    for language, block in code_blocks(text):
        if language == "sh":
            words += re.sub(r"#.*", "", block).split()
    for word in words:
        for part in word.split():
            match = _PATH.match(part.rstrip(",;:"))
            for path in expanded(match[1]) if match else ():
                if not is_there(root, path):
                    yield f"names {path}, which is not there"


def check_lengths(document, text):
    """A file that a document calls short is."""
    for name, most in re.findall(r"`([\w.]+)` \(at most (\d+) lines\)", text):
        lines = (document.parent / name).read_text().count("\n")
        if lines > int(most):
            yield f"says that {name} has at most {most} lines, but it has {lines}"


def check_presets(root, text):
    presets = {p["name"] for p in json.loads((root / "CMakePresets.json").read_text())["configurePresets"]}
    for name in re.findall(r"--preset[ =]([\w-]+)", text):
        if name not in presets:
            yield f"names the preset {name}, which CMakePresets.json has not"


def check_tool(root, text):
    sources = "".join(file.read_text() for file in sorted((root / "codegen/tool").glob("*.cpp")))
    for line in text.splitlines():
        call = re.match(r"\s*(?:\S*/)?etch (inspect|run|compile|verify|convert|report|boards|ops)\b(.*)", line)
        for option in re.findall(r"(?<![\w-])--?[a-z][\w-]*", call[2].split("#")[0]) if call else ():
            if not re.search(r'[",]' + re.escape(option) + r'[",]', sources):
                yield f"gives etch {call[1]} the option {option}, which it has not"


def check_macros(root, text):
    known = known_macros(root)
    for name in sorted(set(re.findall(r"\bETCH_[A-Z0-9_]+\b", text))):
        if name not in known:
            yield f"names {name}, which nothing reads"


def known_macros(root):
    if not hasattr(known_macros, "names"):
        files = [root / "CMakeLists.txt", root / "CMakePresets.json"]
        for room in ROOMS:
            files += [f for f in (root / room).rglob("*") if f.is_file() and f.suffix not in (".md", ".bin", ".npy")]
        known_macros.names = set()
        for file in files:
            known_macros.names |= set(re.findall(r"\bETCH_[A-Z0-9_]+\b", file.read_text(errors="ignore")))
    return known_macros.names


def check_sentences(root, text):
    """A heading in quotes is what Etch says."""
    for sentence in re.findall(r'^#+ "(.*)"$', text, re.M):
        if sentence.replace("`", "") not in said(root):
            yield f'quotes "{sentence}", which nothing says'


def said(root):
    """All sources with the literals of a sentence joined."""
    if not hasattr(said, "text"):
        files = [file for room in ROOMS[:3] for file in (root / room).rglob("*.[hc]pp")]
        said.text = "\n".join(re.sub(r'"\s*\n\s*"', "", file.read_text()).replace("`", "") for file in files)
    return said.text


def check_tags(root, text):
    tests = "".join(file.read_text() for file in (root / "tests").rglob("*.cpp"))
    for tag in re.findall(r'unit_tests ["\'](\[[a-z_]+\])', text):
        if tag not in tests:
            yield f"names tests {tag}, of which there are none"


def problems(root):
    for document in documents(root):
        text = document.read_text()
        for found in itertools.chain(check_links(root, document, text), check_paths(root, text),
                                     check_lengths(document, text),
                                     check_presets(root, text), check_tool(root, text), check_macros(root, text),
                                     check_tags(root, text), check_sentences(root, text)):
            yield f"{document.relative_to(root)} {found}"


if __name__ == "__main__":
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    found = list(problems(root))
    print("\n".join(found) or f"docs: {len(list(documents(root)))} documents, all that they name is there")
    sys.exit(1 if found else 0)
