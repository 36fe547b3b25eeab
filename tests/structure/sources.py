# SPDX-License-Identifier: BSL-1.0
"""Reads C++ as far as the structure checks need it: includes, code without comments, and where functions end."""
import re
from dataclasses import dataclass
from pathlib import Path

ROOTS = ("include", "codegen", "runtime")
SUFFIXES = (".hpp", ".cpp", ".h", ".c")

_TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])*\'', re.S)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
_ROW = re.compile(r'\s*(\{.*\},?|[\s,{};]*"["\s,{};]*)\s*$')
_LABEL = re.compile(r"\s*(case\b.*|default):\s*$")
_RETURN = re.compile(r"\s*return\b.*;\s*$")
_SCOPE = re.compile(r"(inline\s+)?(namespace|class|struct|union|extern)\b")


def source_files(root, roots=ROOTS):
    """Every source below `roots`, as paths relative to `root`."""
    found = []
    for top in roots:
        found += [p.relative_to(root) for p in sorted((root / top).rglob("*")) if p.suffix in SUFFIXES]
    return found


def _blank(match):
    """Keeps the lines of what it removes, and a string as an empty one."""
    text = match.group(0)
    quotes = '""' if text[0] in "R\"'" else " "
    return quotes + "\n" * text.count("\n")


def code_of(text):
    """The text without comments, and with empty strings; lines keep their numbers."""
    return _TOKENS.sub(_blank, text)


def without_directives(code):
    return _DIRECTIVE.sub(_blank, code)


def includes_of(text):
    """What a file includes, as a path from the root of the project; standard and system headers are left out."""
    for path in re.findall(r'^\s*#\s*include\s+[<"]([^">]+)[>"]', text, re.M):
        if path.startswith("etch/"):
            yield "include/" + path
        elif path.startswith(ROOTS):
            yield path


@dataclass
class Function:
    name: str
    line: int
    length: int


def _matching(code, at):
    """The place behind the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(code)):
        if code[i] in "({[":
            depth += 1
        elif code[i] in ")}]":
            depth -= 1
            if depth == 0:
                return i + 1
    raise ValueError("a bracket is not closed")


def _without_templates(head):
    """The head of a declaration without `template <...>` and attributes before it."""
    while True:
        head = re.sub(r"^\s*(\[\[.*?\]\]|alignas\([^)]*\))\s*", "", head, flags=re.S)
        if not re.match(r"\s*template\s*<", head):
            return head.strip()
        depth, i = 0, head.index("<")
        while i < len(head):
            depth += (head[i] == "<") - (head[i] == ">" and head[i - 1] != "-")
            i += 1
            if depth == 0:
                break
        head = head[i:]


def _name_of(head):
    """The name of the function that `head` declares; None where it declares none."""
    head = re.sub(r"operator\s*([^\s\w(]+|\(\))", r"operator_", head)
    outside, depth = "", 0
    for c in head:
        depth -= c in ")]"
        outside += c if depth == 0 else ""
        depth += c in "(["
    variable = outside.partition("=")
    if variable[1]:
        return variable[0].split()[-1] if variable[2].lstrip().startswith("[") else None
    name = re.search(r"([\w:~]+)\s*\(", head)
    return name.group(1) if name else None


def _counted(code):
    """Lines of a function that count: not those of assembly, nor the rows of a table."""
    for match in reversed(list(re.finditer(r"\b(?:__asm__|asm)\b[\s\w]*\(", code))):
        end = _matching(code, match.end() - 1)
        code = code[:match.start()] + "asm" + code[end:]
    count, labelled = 0, False
    for line in code.split("\n"):
        row = bool(_ROW.match(line) or _LABEL.match(line) or labelled and _RETURN.match(line))
        count += not row
        labelled = bool(_LABEL.match(line))
    return count


def _declarations(code, begin, end):
    """The declarations between two places of a namespace or class, as (begin, first brace or None, end)."""
    start, brace, i = begin, None, begin
    while i < end:
        if code[i] in "([":
            i = _matching(code, i)
            continue
        if code[i] == "{":
            brace = i if brace is None or not code[brace:i].strip("{").strip() else brace
            head = _without_templates(code[start:i])
            last = i
            i = _matching(code, i)
            follows = code[i:end].lstrip()[:1]
            if not _SCOPE.match(head) and follows and follows in ",{":  # members before the body of a constructor
                continue
            yield start, brace, last, i
            start, brace = i, None
            continue
        if code[i] in ";":
            start, brace = i + 1, None
        i += 1


def functions_of(text):
    """The functions of a file that have a body, those of its classes too; a lambda counts in its function."""
    code = without_directives(code_of(text))
    open_scopes, found = [(0, len(code))], []
    while open_scopes:
        for start, first, body, end in _declarations(code, *open_scopes.pop()):
            head = _without_templates(code[start:first])
            if _SCOPE.match(head):
                open_scopes.append((first + 1, end - 1))
                continue
            name = _name_of(head)
            if name is None:
                continue
            start += len(code[start:end]) - len(code[start:end].lstrip())
            found.append(Function(name, code.count("\n", 0, start) + 1, _counted(code[start:end])))
    return sorted(found, key=lambda f: f.line)
