#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes a site of the documents, with a reference from the headers' comments: build.py [FOLDER], build/site if left out.

Needs Debian's mkdocs-material, and no network, now or when it is read. The documents are copied as they lie in the
repository, so that their links lead where they lead there; a link that leads nowhere, and a document that is on no page,
is an error."""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

import reference

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")


def documents():
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"))
    yield from sorted((ROOT / "docs").glob("*.md"))
    yield from sorted((ROOT / "examples").glob("*/README.md"))


def copy(file, to):
    place = to / file.relative_to(ROOT)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)


def copy_documents(to):
    """The documents and the files that they link to."""
    for document in documents():
        copy(document, to)
        for target in LINK.findall(document.read_text()):
            file = (document.parent / target).resolve()
            if not target.startswith("http") and file.is_file() and file.is_relative_to(ROOT):
                copy(file, to)


def expanded(nav, pages):
    """The table of contents with the pages of a folder in the place of `folder/`."""
    if isinstance(nav, dict):
        return {title: expanded(part, pages) for title, part in nav.items()}
    if not isinstance(nav, list):
        return nav
    whole = []
    for part in nav:
        whole += pages[part] if isinstance(part, str) and part.endswith("/") else [expanded(part, pages)]
    return whole


def main():
    site = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site").resolve()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        copy_documents(source)
        pages = {"reference/": [{title: f"reference/{name}"} for name, title in
                                reference.write(ROOT, source / "reference")],
                 "examples/": [file.relative_to(ROOT).as_posix() for file in sorted(ROOT.glob("examples/*/README.md"))]}
        config = yaml.safe_load((Path(__file__).parent / "mkdocs.yml").read_text())
        config.update(docs_dir=str(source), site_dir=str(site), nav=expanded(config["nav"], pages))
        (Path(scratch) / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False))
        run = subprocess.run(["mkdocs", "build", "--strict", "--clean", "--config-file", f"{scratch}/mkdocs.yml"],
                             capture_output=True, text=True)
    said = re.sub(r"\x1b\[\d*m", "", run.stderr)
    messages = [line for line in said.splitlines() if re.match(r"WARNING|ERROR|\w*Error", line)]
    forgotten = re.findall(r"^  - (\S+\.md)$", said, re.M)  # on no page
    if run.returncode or forgotten:
        print(*messages, *(f"no page of docs/site/mkdocs.yml is {name}" for name in forgotten), sep="\n", file=sys.stderr)
        return 1
    print(f"the site is in {site}: open index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
