#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every real case of every platform that is built: the verdict case.json expects, and each claim it
states equal to what `verify --case` read. Prints platform x cases x right x claims."""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

BINARY = os.environ["CLAUSTRUM"]
SHARED = os.environ.get("CLAUSTRUM_SHARED") or os.path.join(os.environ["CLAUSTRUM_ROOT"], "../shared")
FOLDER = os.path.join(SHARED, "evidence")
UNSUPPORTED = 20
# Not issuer_ca: it names the second certificate of the file, which in two real quotes is the root.
PCK = {"fmspc": "fmspc", "pceid": "pceid", "pcesvn": "pcesvn", "ppid": "ppid", "cpusvn": "pck_cpu_svn",
       "platform_instance_id": "platform_instance_id"}
PCK_FLAGS = {"1": "dynamic_platform", "2": "cached_keys", "3": "smt_enabled"}
TCB = {"effective_tcb_date": "tcb_date"}
TCB.update((name, name) for name in (
    "tcb_evaluation_data_number", "tcb_info_version", "platform_tcb_date", "module_tcb_date", "qe_tcb_date",
    "launch_tcb_status", "current_tcb_status", "advisory_ids"))
FLAGS = ("sept_ve_disable", "migratable", "pks", "kl", "perfmon", "provision_key", "einittoken_key", "kss")


def pairs(expected, found, path=""):
    """(path, expected, found) of every value that `expected` states."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            inside = found.get(name) if isinstance(found, dict) else None
            yield from pairs(value, inside, f"{path}.{name}" if path else name)
    else:
        yield path, expected, found


def renamed(expected, names):
    return {names[name]: value for name, value in (expected or {}).items() if name in names and value is not None}


def intel(case, details):
    """What case.json states of a quote beside its claims, under the names of the claims."""
    out = {"header": {k: v for k, v in case["header"].items() if not k.startswith("body_")},
           "qe_report": case.get("qe_report") or {}, "qe_auth_data": case["qe_auth_data"]}
    out.update((k, v) for k, v in (case.get("flags") or {}).items() if k in FLAGS)
    if "fmspc" in details:  # else the chain was not readable
        pck = case.get("pck") or {}
        out.update(renamed(pck, PCK))
        configuration = renamed(pck.get("configuration"), PCK_FLAGS)
        out.update((name, value != "00") for name, value in configuration.items())
    if "tcb_status" in details and case.get("tcb_status"):
        out.update(renamed(case.get("tcb_detail"), TCB), tcb_status=case["tcb_status"])
    return out


def expectations(case, details):
    out = {name: value for name, value in (case.get("claims") or {}).items() if value is not None}
    # A case made by taking the leaf away still describes it.
    vek = out.get("vek_extensions")
    if vek and "csp_id" in vek and "vlek" not in case["collateral"]:
        del out["vek_extensions"]
    if case["platform"].startswith("intel-"):
        out.update(intel(case, details))
    return out


def judge(name):
    folder = os.path.join(FOLDER, name)
    with open(os.path.join(folder, "case.json"), encoding="utf-8") as file:
        case = json.load(file)
    run = subprocess.run([BINARY, "verify", "--case", folder, "--json"], capture_output=True, check=False)
    if run.returncode == UNSUPPORTED:
        return case["platform"], None, 0, []
    passed = case["expect"] == "pass"
    right = run.returncode == 0 if passed else run.returncode in (10, 30)
    faults = [] if right else [f"{name}: exit {run.returncode}, expected {case['expect']}"]
    answer = json.loads(run.stdout)
    claims = answer.get("claims") or answer.get("unverified_claims")
    if claims is None:
        if passed:
            faults.append(f"{name}: accepted without claims")
        return case["platform"], right, 0, faults
    compared = list(pairs(expectations(case, claims["details"]), claims["details"]))
    faults += [f"{name}: {path} is {found!r}, expected {expected!r}"
               for path, expected, found in compared if expected != found]
    return case["platform"], right, len(compared), faults


def main():
    if not os.path.isdir(FOLDER):
        print(f"no evidence at {FOLDER}")
        sys.exit(77)
    names = sorted(n for n in os.listdir(FOLDER) if os.path.isfile(os.path.join(FOLDER, n, "case.json")))
    table = collections.defaultdict(lambda: [0, 0, 0])
    planned, faults = collections.Counter(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for platform, right, compared, found in pool.map(judge, names):
            if right is None:
                planned[platform] += 1
                continue
            row = table[platform]
            row[0] += 1
            row[1] += right
            row[2] += compared
            faults += found
    print(f"| {'platform':24}{'cases':>6}{'right':>7}{'claims':>8}")
    for platform, (cases, right, claims) in sorted(table.items()):
        print(f"| {platform:24}{cases:6}{right:7}{claims:8}")
    if planned:
        print(f"| {'not built yet':24}{sum(planned.values()):6}  {', '.join(sorted(planned))}")
    assert table, "no platform is built"
    if faults:
        sys.exit("\n".join(faults))


main()
