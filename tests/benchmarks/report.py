#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes what peers_benchmark measured: report.py results.json DOCUMENT.md PLOT.svg

The table goes between the lines `<!-- peers -->` and `<!-- end of peers -->` of the document; the plot shows the ratios.
Times are medians of processor time over the rounds; a ratio is Etch's over that of the fastest library.
"""
import json
import statistics
import sys
from xml.sax.saxutils import escape

BEGIN, END = "<!-- peers -->\n", "<!-- end of peers -->\n"
ETCH = ["etch", "etch, fused"]


def medians(results):
    """{work: {who: (microseconds, multiply-adds a second)}}: rounds in random order have none to keep."""
    rounds = {}
    for run in results["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        if run["time_unit"] != "us":
            sys.exit(f"{run['name']} was measured in {run['time_unit']}, and microseconds were expected")
        work, who = run["run_name"].split("/min_time")[0].rsplit("/", 1)
        rounds.setdefault(work, {}).setdefault(who, []).append((run["cpu_time"], run["mac"]))
    if not rounds:
        sys.exit("there are no results: did the filter leave a benchmark?")
    return {work: {who: tuple(statistics.median(column) for column in zip(*runs)) for who, runs in sorted(those.items())}
            for work, those in sorted(rounds.items())}


def ratio(those, who):
    """Etch's time over the fastest library's, or None where one of them is missing."""
    peers = [time for name, (time, _) in those.items() if name not in ETCH]
    return those[who][0] / min(peers) if who in those and peers else None


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(results, works):
    context = results["context"]
    peers = list(dict.fromkeys(who for those in works.values() for who in those if who not in ETCH))
    count = max(run.get("repetitions", 1) for run in results["benchmarks"])
    rows = [f"{context['num_cpus']} processors, vectors of {context['vectors']}, load {context['load_avg'][0]:.1f}. "
            f"Medians of {count} rounds, microseconds (G multiply-adds a second):", "",
            "| work | " + " | ".join(ETCH + peers) + " | ratio | fused |", "|---" * (len(ETCH + peers) + 3) + "|"]
    for work, those in works.items():
        cells = [f"{number(those[who][0])} ({those[who][1] / 1e9:.0f})" if who in those else "" for who in ETCH + peers]
        ratios = ["" if (r := ratio(those, who)) is None else f"{r:.2f}" for who in ETCH]
        rows.append(f"| {work} | " + " | ".join(cells + ratios) + " |")
    return "\n".join(rows) + "\n"


def plot(works):
    """Bars of the ratios, with a line at 1: below it Etch is faster."""
    bars = [(work, [ratio(those, who) for who in ETCH]) for work, those in works.items()]
    bars = [(work, ratios) for work, ratios in bars if None not in ratios]
    left, width, row, most = 330, 360, 44, max([1.2] + [r for _, ratios in bars for r in ratios])
    height = 46 + row * len(bars)
    at = lambda r: left + width * r / most
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 60} {height}" '
             'font-family="sans-serif" font-size="13">',
             "<title>Etch's time over that of the fastest library</title>",
             f'<rect width="{left + width + 60}" height="{height}" fill="#ffffff"/>',
             '<text x="10" y="20" fill="#202020">time over that of the fastest library: apart (dark), fused (light)</text>']
    for k, (work, ratios) in enumerate(bars):
        y = 34 + row * k
        lines.append(f'<text x="{left - 10}" y="{y + 22}" text-anchor="end" fill="#202020">{escape(work)}</text>')
        for j, (r, colour) in enumerate(zip(ratios, ["#2f5d8a", "#8fb4d9"])):
            lines.append(f'<rect x="{left}" y="{y + 4 + 16 * j}" width="{at(r) - left:.1f}" height="14" fill="{colour}"/>')
            lines.append(f'<text x="{at(r) + 5:.1f}" y="{y + 15 + 16 * j}" fill="#202020">{r:.2f}</text>')
    lines.append(f'<line x1="{at(1):.1f}" y1="30" x2="{at(1):.1f}" y2="{height - 8}" stroke="#b03030" stroke-dasharray="4 3"/>')
    return "\n".join(lines + ["</svg>"]) + "\n"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    works = medians(results)
    with open(sys.argv[2], encoding="utf-8") as file:
        text = file.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{sys.argv[2]} has no place for the table: it needs the lines {BEGIN.strip()} and {END.strip()}, once each")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(before + BEGIN + table(results, works) + END + after)
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        file.write(plot(works))


if __name__ == "__main__":
    main()
