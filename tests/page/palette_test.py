# SPDX-License-Identifier: BSL-1.0
"""The colours of the report's page, in both themes: text at 4.5 to 1, what is drawn and the focus at 3 to 1.

    palette_test.py <codegen/page/report.css>
"""
import re
import sys
import unittest

from contrast import colour, contrast

STYLE = open(sys.argv.pop(1), encoding="utf-8").read() if len(sys.argv) > 1 else ""
TEXT = [("text", "page"), ("text", "card"), ("muted", "page"), ("muted", "card"), ("accent", "page"),
        ("on-accent", "accent"), ("good", "card"), ("bad", "card")]
DRAWN = [("line", "page"), ("line", "card"), ("bar", "page"), ("bad", "rule"), ("focus", "page"), ("focus", "card")]
DRAWN += [(f"c{i}", "page") for i in range(6)]


def themes():
    light = re.search(r":root \{(.*?)\}", STYLE, re.S).group(1)
    dark = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', STYLE, re.S).group(1)
    for name, block in (("light", light), ("dark", dark)):
        yield name, dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


class Palette(unittest.TestCase):
    def test_the_formula_gives_published_ratios(self):
        self.assertAlmostEqual(contrast((0, 0, 0), (255, 255, 255)), 21)
        self.assertAlmostEqual(contrast(colour("#777777")[0], (255, 255, 255)), 4.48, places=2)

    def test_both_themes_have_every_colour(self):
        names = [set(colours) for _, colours in themes()]
        self.assertEqual(names[0], names[1])
        self.assertGreaterEqual(names[0], {name for pair in TEXT + DRAWN for name in pair})

    def test_contrast(self):
        for theme, colours in themes():
            for pairs, least in ((TEXT, 4.5), (DRAWN, 3)):
                for front, back in pairs:
                    with self.subTest(theme=theme, front=front, back=back):
                        found = contrast(colour(colours[front])[0], colour(colours[back])[0])
                        self.assertGreaterEqual(found, least)

    def test_no_colour_stands_outside_of_the_themes(self):
        rest = re.sub(r":root.*?\}", "", STYLE, flags=re.S)
        self.assertEqual(re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgba?\(", rest), [])


if __name__ == "__main__":
    unittest.main()
