#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets, made from the case files."""

import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "testdata"


def rules():
    """The text of every rule in the case files, valid or not."""
    for path in sorted(CASES.glob("rrule_*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield case["rrule"]


def main():
    corpus = HERE / "corpus" / "rrule"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, rule in enumerate(sorted(set(rules()))):
        start = (2026 - 1900) * 365 * 86_400 // 2
        (corpus / f"case-{number:03}").write_bytes(rule.encode() + struct.pack("<IIB", start, start, number % 4))


if __name__ == "__main__":
    main()
