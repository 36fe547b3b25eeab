# SPDX-License-Identifier: BSL-1.0
"""The rules. Each yields what breaks it: a kind, what it is about (as exceptions name it), and a sentence."""
import fnmatch
import re
from dataclasses import dataclass
from pathlib import PurePath

from sources import code_of, functions_of, includes_of, source_files, without_directives

MOST_LINES_OF_FILE = 400
MOST_LINES_OF_FUNCTION = 60


@dataclass(frozen=True)
class Broken:
    kind: str
    subject: str
    sentence: str


def table_of(path, columns):
    """The rows of a table of this folder, whose columns stand between tabs; lines that begin with # are comments."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        row = line.split("\t")
        if len(row) != columns or not all(row):
            raise SystemExit(f"{path.name}:{number}: a line has {columns} columns, with a tab between them")
        rows.append(row)
    return rows


# Floors

def read_floors(path):
    """The floor of each room, counted from the top."""
    lines = [row[0] for row in table_of(path, 1)]
    return {room: floor for floor, line in enumerate(lines) for room in line.split()}


def room_of(rooms, path):
    holders = [room for room in rooms if path == room or path.startswith(room + "/")]
    return max(holders, key=len, default=None)


def folder_of(rooms, root, path):
    """The folder of a file. A header beside a folder of its name (`callbacks.hpp`) is the door to that folder."""
    if path in rooms:
        return path
    door = path.rsplit(".", 1)[0]
    return door if (root / door).is_dir() else str(PurePath(path).parent)


def inclusions(root):
    for file in source_files(root):
        for included in includes_of((root / file).read_text()):
            yield str(file), included


def check_floors(root, rooms):
    for file in source_files(root):
        if room_of(rooms, str(file)) is None:
            yield Broken("room", str(file), f"{file} lies in no room of floors.txt")
    for file, included in inclusions(root):
        above, below = room_of(rooms, file), room_of(rooms, included)
        if above == below or above is None or below is None or rooms[above] < rooms[below]:
            continue
        way = "sideways" if rooms[above] == rooms[below] else "up"
        yield Broken("include", f"{above} -> {below}", f"{file} includes {included}, which points {way}")


def check_circles(root, rooms):
    seen = {}
    for file, included in inclusions(root):
        pair = folder_of(rooms, root, file), folder_of(rooms, root, included)
        if pair[0] != pair[1]:
            seen.setdefault(pair, f"{file} includes {included}")
    for (one, other), how in sorted(seen.items()):
        if one < other and (other, one) in seen:
            yield Broken("circle", f"{one} <-> {other}",
                         f"two folders include each other: {how}, and {seen[other, one]}")


# Lengths

def check_lengths(root):
    for file in source_files(root, ("include", "codegen", "runtime", "tests", "examples")):
        text = (root / file).read_text()
        lines = text.count("\n")
        if lines > MOST_LINES_OF_FILE:
            yield Broken("file", str(file), f"{file} has {lines} lines, more than {MOST_LINES_OF_FILE}")
        for f in functions_of(text):
            if f.length > MOST_LINES_OF_FUNCTION:
                yield Broken("function", f"{file} {f.name}",
                             f"{file}:{f.line}: {f.name} has {f.length} lines, more than {MOST_LINES_OF_FUNCTION}")


# Limits

LIMITS = "include/etch/graph/limits.hpp"
_ROOM = re.compile(r"\w+\[(\d{2,})\]|\bList<[^;]*,\s*(\d{2,})>")


def check_limits(root):
    """What a graph has room for is a number of limits.hpp."""
    for file in map(str, source_files(root, ("include",))):
        for match in _ROOM.finditer(code_of((root / file).read_text())) if file != LIMITS else ():
            yield Broken("limit", file, f"{file} has room for {match[1] or match[2]} of something: {LIMITS} names limits")


# Words

def check_words(root, words):
    """Words with one meaning: as a name in code, in files that are known to mean it; as a file or folder likewise."""
    files = [str(f) for f in source_files(root)]
    code = {f: without_directives(code_of((root / f).read_text())) for f in files}
    for word, allowed, meaning in words:
        patterns = allowed.split()
        used = set()
        for file in files:
            named = re.search(rf"(^|/){word}(/|\.|$)", file)
            if not named and not re.search(rf"\b{word}_?\b", code[file]):
                continue
            allowing = [p for p in patterns if fnmatch.fnmatch(file, p)]
            used.update(allowing)
            if not allowing:
                yield Broken("word", f"{word} {file}", f"{file} says '{word}', which is kept for {meaning}")
        for pattern in patterns:
            if pattern not in used:
                yield Broken("word", f"{word} {pattern}", f"words.txt allows '{word}' in {pattern}, which has none")


# Steps that are asked what they are

_IS = re.compile(r"\bis<ops::")
_MAKES = re.compile(r"\bop_code<")


def check_step_is(root, table):
    """Files that ask which op a step is are counted; those that are there to make steps name as many ops as they like."""
    counts = {path: int(count) for path, count, _ in table if count != "makes"}
    makers = {path: False for path, count, _ in table if count == "makes"}
    for file in map(str, source_files(root)):
        if file.startswith("include/etch/ops/"):
            continue
        code = code_of((root / file).read_text())
        making = [pattern for pattern in makers if fnmatch.fnmatch(file, pattern)]
        makers.update(dict.fromkeys(making, True))
        found = len(_IS.findall(code)) + (0 if making else len(_MAKES.findall(code)))
        if found != counts.pop(file, 0):
            yield Broken("step_is", file, f"{file} asks {found} times which op a step is; step_is.txt says otherwise: "
                         "traits of ops (ops/op.hpp) answer what passes ask")
    for path in [*counts, *(pattern for pattern, used in makers.items() if not used)]:
        yield Broken("step_is", path, f"step_is.txt names {path}, which is not there")
