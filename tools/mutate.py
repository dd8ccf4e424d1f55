#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns every named check off, one at a time, and demands that the unit tests of its folder fail
(src/claustrum/base/guard.h). A check whose absence no test notices is a survivor."""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

ROOT = os.path.join("src", "claustrum")
GUARD = re.compile(r'CLAUSTRUM_GUARD(?:_STATUS)?\(\s*"([^"]+)"')
TIMEOUT = 300


def guards():
    for directory, _, names in os.walk(ROOT):
        for name in sorted(names):
            path = os.path.join(directory, name)
            if not name.endswith((".h", ".cpp")) or name.endswith("_test.cpp") \
                    or path.endswith("base/guard.h"):
                continue
            with open(path, encoding="utf-8") as file:
                for guard in GUARD.findall(file.read()):
                    yield guard, path


def program_of(folder, build):
    path = os.path.join(build, ROOT, folder, folder.replace("/", "_") + "_test")
    return path if os.access(path, os.X_OK) else None


def find_program(guard, path, build):
    """The test program of the longest folder that the guard's name begins with, else of its file."""
    parts = guard.split(".")
    for count in range(len(parts) - 1, 0, -1):
        program = program_of("/".join(parts[:count]), build)
        if program:
            return program
    return program_of(os.path.relpath(os.path.dirname(path), ROOT), build)


def run(program, mutant=None):
    environment = dict(os.environ, CLAUSTRUM_MUTANT=mutant or "")
    try:
        done = subprocess.run([program, "--gtest_brief=1", "--gtest_fail_fast"], timeout=TIMEOUT,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace")
    except subprocess.TimeoutExpired:
        return False, "timeout"
    killer = re.search(r"\[  FAILED  \] (\S+)", done.stdout)
    return done.returncode == 0, killer.group(1).rstrip(",") if killer else f"exit {done.returncode}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prefix", nargs="?", default="", help="only guards whose name begins so")
    parser.add_argument("--build", default=os.path.join("build", "dev"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="name the test that noticed")
    options = parser.parse_args()

    work, orphans = [], []
    for guard, path in sorted(set(guards())):
        if guard.startswith(options.prefix):
            program = find_program(guard, path, options.build)
            (work if program else orphans).append((guard, path, program))
    broken = [p for p in sorted({w[2] for w in work}) if not run(p)[0]]
    for program in broken:
        print(f"{program} fails without any mutant; repair that first")
    work = [item for item in work if item[2] not in broken]

    survivors = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for item, (passed, killer) in zip(work, pool.map(lambda w: run(w[2], w[0]), work)):
            if passed:
                survivors.append(item)
                print(f"SURVIVED {item[0]} ({item[1]})", flush=True)
            elif options.verbose:
                print(f"killed   {item[0]} by {killer}", flush=True)
    for guard, path, _ in orphans:
        print(f"NO TESTS {guard} ({path})")
    print(f"{len(work) - len(survivors)} checks missed when absent, {len(survivors)} survivors, "
          f"{len(orphans)} without tests, {len(broken)} broken programs")
    return 1 if survivors or orphans or broken else 0


if __name__ == "__main__":
    sys.exit(main())
