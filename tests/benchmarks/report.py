#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes what benchmarks measured into a document: report.py DOCUMENT.md PLOT.svg RESULTS.json...

Each results' context names its table, which goes between the lines `<!-- NAME -->` and `<!-- end of NAME -->`; those of
peers_benchmark make the plot too. Times are medians of processor time over the rounds. A ratio is Etch's time over that of
the fastest library, a share of the peak that of the multiply-adds that registers alone made in the same run.
"""
import json
import statistics
import sys
from xml.sax.saxutils import escape

ETCH = ["etch", "etch, fused"]
PEERS = ["onednn", "openblas", "eigen", "libtorch", "onnxruntime"]
PEAK = "registers alone"


def medians(results):
    """{work: {who: (microseconds, multiply-adds a second)}}, in the order of their names: that of rounds is random."""
    rounds = {}
    for run in results["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        if run["time_unit"] != "us":
            sys.exit(f"{run['name']} was measured in {run['time_unit']}, and microseconds were expected")
        work, _, who = run["run_name"].split("/min_time")[0].split("/iterations")[0].rpartition("/")
        rounds.setdefault(work, {}).setdefault(who, []).append((run["cpu_time"], run.get("mac", 0)))
    if not rounds:
        sys.exit("there are no results: did the filter leave a benchmark?")
    return {work: {who: tuple(statistics.median(column) for column in zip(*runs)) for who, runs in sorted(those.items())}
            for work, those in sorted(rounds.items(), key=lambda item: in_order(item[0]))}


def in_order(text):
    """A key that has 16 after 4."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.replace(",", "").split()]


def ratio(those, who):
    """Etch's time over the fastest library's, or None where one of them is missing."""
    peers = [time for name, (time, _) in those.items() if name not in ETCH]
    return those[who][0] / min(peers) if who in those and peers else None


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def share(mac, peak):
    part = mac / peak
    return f"{100 * part:.0f} %" if part >= 0.1 else f"{100 * part:.1f} %"


def heading(context, count=1):
    """What the lines above a table say: machine, width, compiler, load, rounds."""
    said = [context.get("processor", "an unnamed processor"), context.get("vectors", ""), context.get("compiler", ""),
            f"load {context['load_avg'][0]:.1f}" if context.get("load_avg") else ""]
    rounds = f"medians of {count} rounds" if count > 1 else ""
    return ", ".join(each for each in said + [rounds] if each) + "."


def rounds_of(results):
    return max(run.get("repetitions", 1) for run in results["benchmarks"])


def peers_table(results):
    works = medians(results)
    peaks = {kind: mac for kind, (_, mac) in works.pop(PEAK, {}).items()}
    met = {who for those in works.values() for who in those}
    for peer in PEERS:
        if peer not in met:
            print(f"{peer}: not run here")
    rows = [heading(results["context"], rounds_of(results)) + " Microseconds (G multiply-adds a second). Registers alone: "
            + ", ".join(f"{mac / 1e9:.0f} G of {kind}" for kind, mac in sorted(peaks.items())) + ".", "",
            "| work | " + " | ".join(ETCH) + " | fastest library | others | ratio | fused | share of peak | times the peak's |",
            "|---" * 9 + "|"]
    for work, those in works.items():
        peers = sorted((time, who) for who, (time, _) in those.items() if who not in ETCH)
        cells = [f"{number(those[who][0])} ({those[who][1] / 1e9:.0f})" if who in those else "" for who in ETCH]
        cells.append(f"{peers[0][1]} {number(peers[0][0])}" if peers else "")
        cells.append("; ".join(f"{who} {number(time)}" for time, who in peers[1:]))
        cells += ["" if (r := ratio(those, who)) is None else f"{r:.2f}" for who in ETCH]
        peak = peaks.get("int8" if "int8" in work else "float")
        best = max((those[who][1] for who in ETCH if who in those), default=0)
        cells += [share(best, peak), f"{peak / best:.1f}"] if peak and best else ["", ""]
        rows.append(f"| {work} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def grid(results):
    """A row a work, a column each who; what is missing was not run here."""
    works = medians(results)
    columns = list(dict.fromkeys(who for those in works.values() for who in those))
    rows = [heading(results["context"], rounds_of(results)) + " Microseconds.", "",
            "| what | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for work, those in works.items():
        rows.append(f"| {work} | " + " | ".join(number(those[who][0]) if who in those else "" for who in columns) + " |")
    return "\n".join(rows) + "\n"


def listing(results):
    """What other scripts measured: columns and rows of words and numbers as they stand."""
    rows = [heading(results["context"]), "", "| " + " | ".join(results["columns"]) + " |", "|---" * len(results["columns"]) + "|"]
    return "\n".join(rows + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in results["rows"]]) + "\n"


def plot(results):
    """Bars of the ratios, with a line at 1: below it Etch is faster."""
    bars = [(work, [ratio(those, who) for who in ETCH]) for work, those in medians(results).items() if work != PEAK]
    bars = [(work, ratios) for work, ratios in bars if any(r is not None for r in ratios)]
    left, width, row = 330, 360, 44
    most = max([1.2] + [r for _, ratios in bars for r in ratios if r is not None])
    height = 46 + row * len(bars)
    at = lambda r: left + width * r / most
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 60} {height}" '
             'font-family="sans-serif" font-size="13">',
             "<title>Etch's time over that of the fastest library</title>",
             f'<rect width="{left + width + 60}" height="{height}" fill="#ffffff"/>',
             '<text x="10" y="20" fill="#202020">time over that of the fastest library: apart (dark), fused (light)</text>']
    lines.append(f'<line x1="{at(1):.1f}" y1="30" x2="{at(1):.1f}" y2="{height - 8}" stroke="#b03030" stroke-dasharray="4 3"/>')
    for k, (work, ratios) in enumerate(bars):
        y = 34 + row * k
        lines.append(f'<text x="{left - 10}" y="{y + 22}" text-anchor="end" fill="#202020">{escape(work)}</text>')
        for j, (r, colour) in enumerate(zip(ratios, ["#2f5d8a", "#8fb4d9"])):
            if r is None:
                continue
            lines.append(f'<rect x="{left}" y="{y + 4 + 16 * j}" width="{at(r) - left:.1f}" height="14" fill="{colour}"/>')
            lines.append(f'<text x="{at(r) + 5:.1f}" y="{y + 15 + 16 * j}" fill="#202020" '
                         f'stroke="#ffffff" stroke-width="4" paint-order="stroke">{r:.2f}</text>')
    return "\n".join(lines + ["</svg>"]) + "\n"


def with_table(text, name, table, document):
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"{document} has no place for the table: it needs the lines {begin.strip()} and {end.strip()}, once each")
    before, rest = text.split(begin)
    return before + begin + table + end + rest.split(end)[1]


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    document, picture, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    svg = None
    for name in files:
        with open(name, encoding="utf-8") as file:
            results = json.load(file)
        table = results["context"]["table"]
        if table.startswith("peers"):
            written, svg = peers_table(results), svg or plot(results)
        else:
            written = listing(results) if "rows" in results else grid(results)
        text = with_table(text, table, written, document)
    with open(document, "w", encoding="utf-8") as file:
        file.write(text)
    if svg:
        with open(picture, "w", encoding="utf-8") as file:
            file.write(svg)


if __name__ == "__main__":
    main()
