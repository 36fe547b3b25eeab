#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks how the project is built: floors, circles, lengths, limits, words. Run it anywhere: `tests/structure/check.py`.

`--root` checks another tree, with the tables that lie in its tests/structure.
"""
import argparse
from pathlib import Path

from rules import (check_circles, check_floors, check_lengths, check_limits, check_step_is, check_words, read_floors,
                   table_of)


def all_broken(root, tables):
    rooms = read_floors(tables / "floors.txt")
    yield from check_floors(root, rooms)
    yield from check_circles(root, rooms)
    yield from check_lengths(root)
    yield from check_limits(root)
    yield from check_words(root, table_of(tables / "words.txt", 3))
    yield from check_step_is(root, table_of(tables / "step_is.txt", 3))


def sentences(root):
    """What is wrong: what no exception excuses, and exceptions that excuse nothing."""
    tables = root / "tests/structure"
    exceptions = {(kind, subject): False for kind, subject, _ in table_of(tables / "exceptions.txt", 3)}
    found = []
    for broken in all_broken(root, tables):
        if (broken.kind, broken.subject) in exceptions:
            exceptions[broken.kind, broken.subject] = True
        else:
            found.append(f"{broken.kind}: {broken.sentence}")
    found += [f"exceptions.txt: '{kind} {subject}' is needed no longer"
              for (kind, subject), used in exceptions.items() if not used]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    found = sentences(parser.parse_args().root)
    print("\n".join(found) or "structure: floors, circles, lengths, limits, words: nothing is wrong")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
