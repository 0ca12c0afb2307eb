"""Writes pairs of random versions with their order in Python's `packaging`, one `A < B`, `A = B` or `A > B` per pair.

Usage: python version_pairs.py FILE. The same seed makes the same pairs.
"""
import json
import random
import sys

import packaging
from packaging.version import Version

SEED = 440
PAIRS = 10_000

rng = random.Random(SEED)


def number():
    """Mostly small, so that numbers meet; some long, around where floating point ends, or with zeros before them."""
    kind = rng.random()
    if kind < 0.85:
        return str(rng.randrange(4))
    if kind < 0.93:
        return str(rng.choice([9, 10, 11, 2026, 20261122]))
    if kind < 0.97:
        return str(2**53 + rng.randrange(-2, 3)) if rng.random() < 0.5 else str(10**25 + rng.randrange(3))
    return "0" * rng.randrange(1, 4) + str(rng.randrange(12))


def separator():
    return rng.choice(["", "", ".", "-", "_"])


def suffix(*words):
    written = separator() + rng.choice(words) + separator()
    return written + (number() if rng.random() < 0.8 else "")


PARTS = {
    "v": lambda: rng.choice(["v", "V"]) if rng.random() < 0.05 else "",
    "epoch": lambda: number() + "!" if rng.random() < 0.1 else "",
    "release": lambda: ".".join(number() for _ in range(rng.randrange(1, 5))) + ".0" * rng.choice([0, 0, 0, 1, 2]),
    "pre": lambda: suffix("a", "b", "c", "rc", "alpha", "Beta", "RC", "pre", "preview") if rng.random() < 0.4 else "",
    "post": lambda: (
        "" if rng.random() > 0.3 else "-" + number() if rng.random() < 0.2 else suffix("post", "Post", "rev", "r")
    ),
    "dev": lambda: suffix("dev", "DEV") if rng.random() < 0.3 else "",
    "local": lambda: (
        "+" + "".join(
            (rng.choice(".-_") if at else "") + rng.choice([number(), "abc", "Ubuntu", "1x", "x1", "a"])
            for at in range(rng.randrange(1, 4))
        )
        if rng.random() < 0.2
        else ""
    ),
}


def pair():
    """Two spellings of which the second is the first with a part or two drawn again: most pairs differ late."""
    first = {name: draw() for name, draw in PARTS.items()}
    drawn_again = rng.sample(sorted(PARTS), rng.choice([1, 1, 2, 7]))
    second = {name: PARTS[name]() if name in drawn_again else part for name, part in first.items()}
    return pair() if first == second else ("".join(first.values()), "".join(second.values()))


def order(a, b):
    a, b = Version(a), Version(b)
    return "<" if a < b else ">" if a > b else "="


pairs = [pair() for _ in range(PAIRS)]
with open(sys.argv[1], "w", encoding="utf-8") as file:
    found = {
        "source": f"packaging {packaging.__version__}",
        "seed": SEED,
        "pairs": [f"{a} {order(a, b)} {b}" for a, b in pairs],
    }
    json.dump(found, file, indent=2)
    file.write("\n")
