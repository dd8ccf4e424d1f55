#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the test scripts of the folders given (*.sh, *.py, *.mjs; those named with a leading _ are
parts of others), one after the other, and prints a line each, with the lines of a passing one that
begin with "| ". Exit 0 passes, 77 skips, all else fails. A script gets CLAUSTRUM (the binary),
CLAUSTRUM_BUILD, CLAUSTRUM_ROOT and TMPDIR (its own)."""
import argparse
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

RUNNERS = {".sh": ["bash"], ".py": [sys.executable], ".mjs": ["node"]}


def scripts(folders):
    for folder in folders:
        paths = [path for path in sorted(glob.glob(os.path.join(folder, "*")))
                 if os.path.splitext(path)[1] in RUNNERS and not os.path.basename(path).startswith("_")]
        if not paths:
            sys.exit(f"no test scripts in {folder}")  # green for nothing
        yield from paths


def run(path, build, timeout):
    root = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="claustrum-test-", ignore_cleanup_errors=True) as scratch:
        environment = dict(os.environ, CLAUSTRUM=os.path.join(root, build, "claustrum"),
                           CLAUSTRUM_BUILD=os.path.join(root, build), CLAUSTRUM_ROOT=root,
                           TMPDIR=scratch)
        log = os.path.join(scratch, ".output")
        with open(log, "wb") as output:
            child = subprocess.Popen(RUNNERS[os.path.splitext(path)[1]] + [os.path.join(root, path)],
                                     cwd=scratch, env=environment, stdin=subprocess.DEVNULL,
                                     stdout=output, stderr=subprocess.STDOUT,
                                     start_new_session=True)
            try:
                code = child.wait(timeout)
            except subprocess.TimeoutExpired:
                code = "timeout"
        try:  # services that a failed script left behind
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
        with open(log, encoding="utf-8", errors="replace") as file:
            return code, file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--build", default="build")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--report", help="file for the counts, as JSON")
    options = parser.parse_args()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for path in scripts(options.folders):
        started = time.monotonic()
        code, output = run(path, options.build, options.timeout)
        verdict = {0: "passed", 77: "skipped"}.get(code, "failed")
        counts[verdict] += 1
        print(f"{verdict:8}{time.monotonic() - started:6.1f} s  {path}", flush=True)
        if verdict == "failed":
            print(f"  exit {code}; the end of its output:")
            print("\n".join("  | " + line for line in output.splitlines()[-60:]), flush=True)
        elif verdict == "passed":  # a table is a result worth seeing
            print("".join(f"  {line}\n" for line in output.splitlines() if line.startswith("| ")),
                  end="", flush=True)
        elif verdict == "skipped" and output.strip():
            print(f"  {output.strip().splitlines()[-1]}", flush=True)
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            json.dump(counts, file)
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
