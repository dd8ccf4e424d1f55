#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README's status table says what is true: a platform called "verified with real evidence" has a
verifier and at least one accepted and one refused real case; a planned one is unsupported (exit 20)."""
import json
import os
import re
import subprocess
import tempfile

root = os.environ["CLAUSTRUM_ROOT"]
binary = os.environ["CLAUSTRUM"]
shared = os.environ.get("CLAUSTRUM_SHARED") or os.path.join(root, "../shared")
rows = re.findall(r"^\| (.+?) \| `([a-z0-9-]+)` \| (.+?) \|$",
                  open(os.path.join(root, "README.md"), encoding="utf-8").read(), re.M)
assert len(rows) >= 8, "the status table is gone"


def has_verifier(platform):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "evidence.bin"), "wb") as file:
            file.write(b"\0" * 16)
        with open(os.path.join(folder, "case.json"), "w", encoding="utf-8") as file:
            json.dump({"platform": platform, "evidence": "evidence.bin", "collateral": {},
                       "verify_at": None, "expected": {}, "waive": [], "expect": "fail"}, file)
        return subprocess.run([binary, "verify", "--case", folder], capture_output=True).returncode != 20


def real_results(platform):
    results = []
    folder = os.path.join(shared, "evidence")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        case = os.path.join(folder, name, "case.json")
        if os.path.isfile(case) and json.load(open(case, encoding="utf-8")).get("platform") == platform:
            run = subprocess.run([binary, "verify", "--case", os.path.dirname(case)], capture_output=True)
            results.append((json.load(open(case, encoding="utf-8"))["expect"], run.returncode))
    return results


for name, platform, state in rows:
    claimed = "verified with real evidence" in state
    assert claimed != ("planned" in state), f"{name}: say verified or planned"
    assert has_verifier(platform) == claimed, f"{name}: README says {state!r}"
    results = real_results(platform) if claimed else []
    right = sum((code == 0) == (expect == "pass") for expect, code in results)
    print(f"{platform}: {state}; {right} of {len(results)} real cases right")
    assert right == len(results), f"{platform}: a real case is judged wrongly"
