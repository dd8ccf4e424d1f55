#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up the XML reports of the unit tests (and the counts of the scripts), and says how many
real-evidence cases were skipped and why: a green run without them is worth less."""
import argparse
import collections
import glob
import json
import os
import sys
import xml.etree.ElementTree as ElementTree


def read_unit_tests(folder):
    counts, reasons = collections.Counter(), collections.Counter()
    for path in glob.glob(os.path.join(folder, "*.xml")):
        for case in ElementTree.parse(path).iter("testcase"):
            skipped = case.find("skipped")
            if skipped is not None or case.get("result") == "skipped":
                counts["skipped"] += 1
                message = (skipped.get("message") or "") if skipped is not None else ""
                reasons[message.strip().splitlines()[-1] if message.strip() else "no reason"] += 1
            elif case.find("failure") is not None:
                counts["failed"] += 1
            elif case.get("status") == "run":
                counts["passed"] += 1
    return counts, reasons


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--scripts", help="report of run_scripts.py")
    parser.add_argument("--closing", action="store_true", help="end with the plain totals")
    parser.add_argument("--broken", type=int, default=0, help="parts of the run that failed")
    options = parser.parse_args()
    counts, reasons = read_unit_tests(options.folder)
    print("unit tests: {} passed, {} failed, {} skipped".format(
        counts["passed"], counts["failed"], counts["skipped"]))
    for reason, number in reasons.most_common():
        print(f"  skipped {number}: {reason}")
    missing = sum(n for reason, n in reasons.items() if "evidence" in reason)
    print(f"real-evidence cases skipped: {missing}")
    if options.scripts and os.path.exists(options.scripts):
        with open(options.scripts, encoding="utf-8") as file:
            counts.update(json.load(file))
    if options.closing:
        failed = counts["failed"] or options.broken
        print("{} passed, {} failed, {} skipped".format(counts["passed"], failed,
                                                        counts["skipped"]))
        return 1 if failed else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
