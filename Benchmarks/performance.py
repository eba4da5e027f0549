#!/usr/bin/env python3
"""Writes the tables of docs/PERFORMANCE.md from the newest run of Benchmarks/run: what is between `<!-- bench:NAME -->` and
`<!-- end -->`. The rest of the document is written by hand.

    Benchmarks/performance.py [RESULT]"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import tables  # noqa: E402
import targets  # noqa: E402

DOCUMENT = os.path.join(ROOT, "docs", "PERFORMANCE.md")


def parts(result, benches):
    """By name, what the document is to say."""
    judged = targets.judge(result, benches)
    found = {
        "machine": tables.machine_sentence(result),
        "targets": tables.markdown(["at 1,000 workers", "reached", "asked", "holds"], [targets.row(each) for each in judged]),
        "cost": tables.markdown(*tables.cost_table(result)),
        "fast": tables.markdown(*tables.cost_table(result, fast=True)),
        "details": "\n".join(f"- {what}: {value}" for what, value in tables.details_table(result)[1]),
        "exactness": tables.markdown(*tables.exactness_table(result)),
    }
    left_out = [f"- {sentence}" for sentence in tables.skipped_sentences(result)]
    found["left-out"] = "\n".join(left_out) or "Nothing was left out."
    return found


def filled(document, found):
    """Every part must have its place, and every place its part."""
    places = re.findall(r"<!-- bench:(\S+) -->", document)
    if sorted(places) != sorted(found):
        raise ValueError(f"the document has places for {sorted(places)}, and there is {sorted(found)}")
    return re.sub(
        r"<!-- bench:(\S+) -->\n.*?<!-- end -->",
        lambda match: f"<!-- bench:{match[1]} -->\n{found[match[1]]}\n<!-- end -->", document, flags=re.DOTALL)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, ".build", "bench", "result.json")
    with open(path) as file:
        result = json.load(file)
    if result["short"]:
        sys.exit("that run was a short one: make bench")
    with open(DOCUMENT) as file:
        document = filled(file.read(), parts(result, targets.other_benches(ROOT)))
    with open(DOCUMENT, "w") as file:
        file.write(document)
    print(f"wrote {os.path.relpath(DOCUMENT)}")


if __name__ == "__main__":
    main()
