# SPDX-License-Identifier: BSL-1.0
"""Contrast as WCAG 2 defines it: (L1 + 0.05) / (L2 + 0.05), L the relative luminance of sRGB."""
import re


def luminance(red, green, blue):
    def linear(channel):
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one, other):
    """Of two colours, (red, green, blue) from 0 to 255."""
    bright, dark = sorted((luminance(*one), luminance(*other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def colour(text):
    """#rrggbb, rgb(r, g, b) or rgba(r, g, b, a): (red, green, blue), and the share that covers."""
    if text.startswith("#"):
        return tuple(int(text[i:i + 2], 16) for i in (1, 3, 5)), 1.0
    numbers = [float(n) for n in re.findall(r"[\d.]+", text)]
    return tuple(numbers[:3]), numbers[3] if len(numbers) > 3 else 1.0


def mixed(over, share, under):
    return tuple(share * a + (1 - share) * b for a, b in zip(over, under))
