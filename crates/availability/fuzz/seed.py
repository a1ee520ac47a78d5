#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets, made from the case files."""

import datetime
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


def minute(text):
    """Minutes since 1970 of an instant."""
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) // 60


def length(span):
    """A span as its first minute and its length."""
    first = minute(span["start"])
    return f"{first} {minute(span['end']) - first}"


def calendar(case):
    """A slot case in the words of the target."""
    event = case["event"]
    days = -(-(minute(case["range_end"]) - minute(case["range_start"])) // 1440)
    yield (f"{case['provider_tz']} {minute(case['now'])} {minute(case['range_start'])} {days} "
           f"{event['duration']} {event['interval']}")
    for rule in case["rules"]:
        anchor, zone = rule.get("dtstart_date", "1900-01-01"), rule.get("tz", "-")
        yield f"rule {anchor} {rule['start']}-{rule['end']} {zone} {rule['rrule']}"
    for it in case["overrides"]:
        yield f"close {it['date']}" if it.get("unavailable") else f"replace {it['date']} {it['start']}-{it['end']}"
    yield from (f"away {length(it)}" for it in case["out_of_office"])
    for it in case["busy"]:
        yield f"busy {length(it)}"
        yield f"count {length(it)}"
    yield f"buffers {event['buffer_before']} {event['buffer_after']}"
    yield f"notice {event['min_notice']}"
    if event["max_advance"]:
        kind = "calendar" if event["max_advance"]["kind"] == "local_days" else "rolling"
        yield f"{kind} {event['max_advance']['days']}"
    for name, word in (("max_per_day", "day"), ("max_per_week", "week")):
        if event[name] is not None:
            yield f"{word} {event[name]}"


def corpus(target):
    """The folder of a target's inputs."""
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main():
    for number, rule in enumerate(sorted(set(rules()))):
        start = (2026 - 1900) * 365 * 86_400 // 2
        (corpus("rrule") / f"case-{number:03}").write_bytes(rule.encode() + struct.pack("<IIB", start, start, number % 4))
    for case in json.loads((CASES / "slot_cases.json").read_text(encoding="utf-8")):
        (corpus("calendars") / case["id"]).write_text("\n".join(calendar(case)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
