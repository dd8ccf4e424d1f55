#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the libFuzzer programs of build/fuzz, each over a working copy of its committed corpus, and
prints a line each. Findings stay in build/fuzz/found, logs in build/fuzz/log.

fuzz/record.tsv says how long each target must have run (10 minutes where the bytes come from
strangers, 2 minutes otherwise) and how long it has. --due runs what is still short of that and
writes the record; time counts as processor time, so that a busy machine does not flatter."""
import argparse
import concurrent.futures
import datetime
import glob
import os
import re
import shutil
import subprocess
import sys
import threading

BUILD = os.path.join("build", "fuzz")
RECORD = os.path.join("fuzz", "record.tsv")
COLUMNS = ["target", "goal_s", "cpu_s", "runs", "edges", "last"]
LOCK = threading.Lock()


def programs():
    return sorted(os.path.basename(p)[len("fuzz_"):]
                  for p in glob.glob(os.path.join(BUILD, "fuzz", "fuzz_*"))
                  if os.access(p, os.X_OK) and os.path.isfile(p))


def read_record():
    rows = {}
    if os.path.exists(RECORD):
        with open(RECORD, encoding="utf-8") as file:
            for line in file.read().splitlines()[1:]:
                row = dict(zip(COLUMNS, line.split("\t")))
                rows[row["target"]] = {key: int(row[key]) for key in COLUMNS[1:5]} | {"last": row["last"]}
    for name in programs():  # unless somebody says otherwise, bytes are a stranger's
        rows.setdefault(name, {"goal_s": 600, "cpu_s": 0, "runs": 0, "edges": 0, "last": "never"})
    return rows


def write_record(rows):
    text = "\t".join(COLUMNS) + "\n" + "".join(
        "\t".join([name, *(str(row[key]) for key in COLUMNS[1:])]) + "\n"
        for name, row in sorted(rows.items()))
    with open(RECORD + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(RECORD + ".part", RECORD)


def run(name, seconds, timeout):
    """One run: (exit code, processor seconds, executions, edges, log)."""
    corpus = os.path.join(BUILD, "corpus", name)
    found = os.path.join(BUILD, "found", name)
    for directory in (corpus, found, os.path.join(BUILD, "log")):
        os.makedirs(directory, exist_ok=True)
    for seed in glob.glob(os.path.join("fuzz", "corpus", name, "*")):
        shutil.copy(seed, corpus)
    program = os.path.join(BUILD, "fuzz", "fuzz_" + name)
    log = os.path.join(BUILD, "log", name + ".log")
    with open(log, "w", encoding="utf-8") as output:
        child = subprocess.Popen([program, corpus, f"-max_total_time={seconds}",
                                  f"-timeout={timeout}", "-rss_limit_mb=2048",
                                  f"-artifact_prefix={found}/", "-print_final_stats=1"],
                                 stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    runs = re.findall(r"stat::number_of_executed_units: (\d+)", text)
    edges = re.findall(r" cov: (\d+)", text)
    return (child.returncode, usage.ru_utime + usage.ru_stime, int(runs[-1]) if runs else 0,
            int(edges[-1]) if edges else 0, log)


def report(name, code, cpu, runs, edges, log):
    print(f"{'ok  ' if code == 0 else 'FAIL'} {name:24} {cpu:6.0f} s {runs:>10} runs {edges:>6} edges"
          f"{'' if code == 0 else '  see ' + log}", flush=True)


def once(name, options):
    result = run(name, options.seconds, options.timeout)
    report(name, *result)
    return result[0] == 0


def until_due(name, options):
    """Runs a target in slices until its record reaches its goal."""
    while True:
        with LOCK:
            row = read_record()[name]
        missing = row["goal_s"] - row["cpu_s"]
        if missing <= 0:
            return True
        code, cpu, runs, edges, log = run(name, min(missing + 5, options.seconds), options.timeout)
        report(name, code, cpu, runs, edges, log)
        if code != 0:
            return False
        with LOCK:
            rows = read_record()
            rows[name] |= {"cpu_s": rows[name]["cpu_s"] + int(cpu), "runs": rows[name]["runs"] + runs,
                           "edges": max(edges, rows[name]["edges"]),
                           "last": datetime.date.today().isoformat()}
            write_record(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=20, help="wall time of one run")
    parser.add_argument("--timeout", type=int, default=10, help="seconds one input may take")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--due", action="store_true", help="until fuzz/record.tsv is satisfied")
    options = parser.parse_args()
    targets = options.targets or programs()
    if options.due:
        rows = read_record()
        targets.sort(key=lambda name: rows[name]["cpu_s"] / rows[name]["goal_s"])
    work = until_due if options.due else once
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        passed = list(pool.map(lambda name: work(name, options), targets))
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    return 0 if passed and all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
