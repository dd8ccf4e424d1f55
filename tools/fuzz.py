#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the libFuzzer programs of build/fuzz, each over a working copy of its committed corpus, and
prints a line each. Findings stay in build/fuzz/found, logs in build/fuzz/log."""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys

BUILD = os.path.join("build", "fuzz")


def run(name, seconds):
    corpus = os.path.join(BUILD, "corpus", name)
    found = os.path.join(BUILD, "found", name)
    for directory in (corpus, found, os.path.join(BUILD, "log")):
        os.makedirs(directory, exist_ok=True)
    for seed in glob.glob(os.path.join("fuzz", "corpus", name, "*")):
        shutil.copy(seed, corpus)
    program = os.path.join(BUILD, "fuzz", "fuzz_" + name)
    log = os.path.join(BUILD, "log", name + ".log")
    with open(log, "w", encoding="utf-8") as output:
        code = subprocess.run([program, corpus, f"-max_total_time={seconds}", "-timeout=10",
                               "-rss_limit_mb=2048", f"-artifact_prefix={found}/",
                               "-print_final_stats=1"],
                              stdout=output, stderr=subprocess.STDOUT).returncode
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    runs = re.findall(r"stat::number_of_executed_units: (\d+)", text)
    cover = re.findall(r" cov: (\d+)", text)
    return name, code, runs[-1] if runs else "0", cover[-1] if cover else "0", log


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    targets = options.targets or sorted(
        os.path.basename(p)[len("fuzz_"):]
        for p in glob.glob(os.path.join(BUILD, "fuzz", "fuzz_*")) if os.access(p, os.X_OK)
        and os.path.isfile(p))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, code, runs, cover, log in pool.map(lambda t: run(t, options.seconds), targets):
            failed += code != 0
            print(f"{'ok  ' if code == 0 else 'FAIL'} {name:24} {runs:>10} runs {cover:>6} edges"
                  f"{'' if code == 0 else '  see ' + log}", flush=True)
    print(f"{len(targets) - failed} passed, {failed} failed")
    return 1 if failed or not targets else 0


if __name__ == "__main__":
    sys.exit(main())
