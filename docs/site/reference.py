# SPDX-License-Identifier: BSL-1.0
"""Pages of the site from the `///` comments of the public headers: what a comment stands before, its members and their
defaults. What lies in `detail`, or is private, is left out."""
import re
from dataclasses import dataclass, field
from pathlib import Path

# (name of the page, its title, headers in their order)
PAGES = [
    ("layers", "Layers", ["include/etch/layers/*.hpp"]),
    ("models", "Models", ["include/etch/model/declare/*.hpp", "include/etch/model/training/*.hpp",
                          "include/etch/model/program/*.hpp"]),
    ("losses_and_metrics", "Losses and metrics", ["include/etch/train/losses.hpp", "include/etch/train/metrics.hpp",
                                                  "include/etch/train/metrics/*.hpp"]),
    ("optimizers", "Optimizers and schedules", ["include/etch/train/optimizers.hpp", "include/etch/train/optimizers/*.hpp",
                                                "include/etch/train/learning_rate.hpp", "include/etch/train/schedules.hpp"]),
    ("callbacks", "Callbacks", ["include/etch/train/callbacks.hpp", "include/etch/train/callbacks/*.hpp"]),
    ("data", "Data", ["include/etch/train/dataset.hpp", "include/etch/train/augment.hpp", "runtime/host/data/*.hpp"]),
    ("files", "Files", ["runtime/host/files/*.hpp", "runtime/host/keras/*.hpp"]),
    ("device", "On the device", ["include/etch/train/device/*.hpp", "runtime/storage/*.hpp"]),
    ("graph", "Graph and builder", ["include/etch/graph/*.hpp"]),
]
_NAME = re.compile(r"(?:struct|class|enum(?: class)?|concept|using)\s+(?:\[\[\w+\]\]\s+)?(\w+)")
_CALLED = re.compile(r"(operator\s*\S+?|~?\w+)\s*\(")
_VALUE = re.compile(r"(\w+)(?:<[^=]*>)?\s*(?:=|\{|;)")


@dataclass
class Entry:
    """Something that has a comment."""
    name: str
    comment: list
    code: list
    members: list = field(default_factory=list)


def namespace_depths(lines):
    """For each line, whether it lies in a namespace that is not for users."""
    inside, hidden = [], []
    for line in lines:
        opened = re.match(r"namespace\s*([\w:]*)\s*\{", line)
        if opened:
            inside.append(opened[1] in ("", "detail") or opened[1].endswith("detail"))
        elif inside and re.match(r"\}\s*//\s*namespace", line):
            inside.pop()
        hidden.append(any(inside))
    return hidden


def declaration_at(lines, first):
    """The lines of a declaration without its body, and the line behind it."""
    taken, depth = [], 0
    for k in range(first, len(lines)):
        line = lines[k].rstrip()
        taken.append(line)
        code = line.split("//")[0].rstrip()
        depth += code.count("(") - code.count(")")
        asks = code.lstrip().startswith("requires")  # its braces are no body
        if depth == 0 and not asks and (code.endswith(";") or "{" in code):
            return taken, k + 1
    return taken, len(lines)


def members_of(lines, first):
    """Public data of a struct with defaults, and its functions that have comments, from the line behind its brace on."""
    members, comment, depth, shown, k = [], [], 1, True, first
    while k < len(lines) and depth > 0:
        line, text = lines[k], lines[k].strip()
        if depth == 1 and re.match(r"(public|private|protected):", text):
            shown = text.startswith("public")
        elif depth == 1 and text.startswith("///"):
            comment.append(text)
        elif depth == 1 and text and not text.startswith(("//", "}")):
            taken, behind = declaration_at(lines, k)
            statement = " ".join(part.strip() for part in taken)
            if shown and (comment or is_datum(statement)):
                members += ["", *comment] if comment else []
                members.append(signature(statement))
            comment = []
            for inner in lines[k:behind - 1]:
                depth += inner.count("{") - inner.count("}")
            line, k = lines[behind - 1], behind - 1
        depth += line.count("{") - line.count("}")
        k += 1
    return members, k


def is_datum(statement):
    """Whether it is a member with a value that a user may choose."""
    apart = ("static ", "using ", "friend ", "template", "LayerState ", "constexpr ", "struct ", "class ", "enum ", "auto ")
    before = re.split(r"[={]", statement, maxsplit=1)[0]
    return ";" in statement and "(" not in before and not statement.startswith(apart)


def signature(statement):
    """A declaration as a user reads it."""
    statement = statement.replace("[[ETCH_OF_TARGET]] ", "").replace("[[nodiscard]] ", "")
    if re.match(r"(struct|class|enum|union)\b", statement):
        return statement.split("{")[0].rstrip() + ";" if not statement.startswith("enum") else statement
    plain = without_template(statement)
    if re.match(r"[^={]*\(", plain):
        depth = 0
        for end, sign in enumerate(statement):
            depth += (sign == "(") - (sign == ")")
            if sign == "{" and depth == 0:
                return statement[:end].rstrip() + ";"
    return statement


def entries_of(text):
    """What has a comment at the margin of a header, outside of `detail`."""
    lines = text.splitlines()
    hidden = namespace_depths(lines)
    comment, k = [], 0
    while k < len(lines):
        line = lines[k]
        if line.startswith("///"):
            comment.append(line)
            k += 1
            continue
        if comment and line and not line.startswith(("//", "#", "}")):
            taken, behind = declaration_at(lines, k)
            entry = entry_of(comment, taken) if not hidden[k] and not line.startswith("namespace") else None
            if entry and without_template(" ".join(taken)).startswith(("struct ", "class ")) and taken[-1].endswith("{"):
                entry.members, behind = members_of(lines, behind)
            if entry:
                yield entry
            k = behind
        else:
            k += 1
        comment = []


def without_template(statement):
    """A declaration without `template <...>` and what it requires."""
    if not statement.startswith("template"):
        return statement
    depth, end = 0, 0
    for end, sign in enumerate(statement):
        depth += (sign == "<") - (sign == ">" and statement[end - 1] != "-")
        if sign == ">" and depth == 0:
            break
    return statement[end + 1:].strip()


def without_requirement(statement):
    """What a template asks of its arguments is for the compiler."""
    return re.sub(r"requires\s*(requires\(.*?\)\s*\{.*?\}|\(.*?\)|[\w:]+<.*?>)\s*(?=struct|class|constexpr|inline|void|auto)", "", statement)


def entry_of(comment, taken):
    statement = without_requirement(" ".join(re.sub(r"\s+//(?!/).*", "", line).strip() for line in taken))
    plain = without_template(statement)
    kind = re.match(r"(?:\[\[\w+\]\]\s*)?" + _NAME.pattern, plain)
    name = kind or _CALLED.search(plain.split("=")[0]) or _VALUE.search(plain)
    if not name:
        return None
    record = kind and plain.startswith(("struct", "class"))
    code = statement.split("{")[0] if record else signature(statement)
    return Entry(name[1], comment, [code.rstrip(" {") + ("" if code.rstrip().endswith((";", "}")) else ";")])


def markdown(comment):
    """The text of a comment: paragraphs, code that is indented, parameters as a list."""
    out, code = [], False
    for line in (re.sub(r"\. \\returns? ", ". Returns ", line.strip()[3:].removeprefix(" ")) for line in comment):
        if line.startswith("  "):
            out += [] if code else ["", "```text"]
            out.append(line[2:])
            code = True
            continue
        if code:
            out += ["```", ""]
            code = False
        listed = re.match(r"\\(param|tparam|returns?|throws)\s*(.*)", line)
        if listed:
            word, _, rest = listed[2].partition(" ")
            out += ["", f"- `{word}`: {escaped(rest)}" if "param" in listed[1] else f"- {'Throws' if listed[1] == 'throws' else 'Returns'} {escaped(listed[2])}"]
        else:
            out.append(escaped(line))
    return out + (["```"] if code else [])


def escaped(line):
    """Signs of formulas are not Markdown's; what stands in backticks stays."""
    parts = line.split("`")
    for k in range(0, len(parts), 2):
        parts[k] = re.sub(r"([*_\[\]#])", r"\\\1", parts[k]).replace("<", "&lt;")
    return "`".join(parts)


def page(root, title, patterns):
    """A page, and how many entries it has."""
    text, count = [f"# {title}", ""], 0
    for header in sorted({file for pattern in patterns for file in Path(root).glob(pattern)}):
        found = list(entries_of(header.read_text()))
        if not found:
            continue
        include = header.relative_to(root).as_posix().removeprefix("include/")
        text += [f"`#include <{include}>`", ""]
        for entry in found:
            count += 1
            code = entry.code if not entry.members else [entry.code[0].rstrip(";") + " {", *indented(entry.members), "};"]
            text += [f"## {entry.name}", "", *markdown(entry.comment), "", "```cpp", *code, "```", ""]
    return "\n".join(text) + "\n", count


def indented(members):
    while members and not members[0]:
        members = members[1:]
    return ["  " + line if line else "" for line in members]


def write(root, folder):
    """Writes the pages; returns (file, title) of each."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, title, patterns in PAGES:
        text, count = page(root, title, patterns)
        if count == 0:
            raise SystemExit(f"site: no comment of a public header is on the page '{title}'")
        (folder / f"{name}.md").write_text(text)
        written.append((f"{name}.md", title))
    return written
