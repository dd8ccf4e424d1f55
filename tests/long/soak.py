#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A few thousand exchanges, whole, streamed, broken off and wrong: memory, descriptors and threads of serve,
connect and broker stay where they were after the first hundreds."""
import json
import os
import sys

ROOT = os.environ.get("CLAUSTRUM_ROOT") or os.getcwd()
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import _stage  # noqa: E402

_stage.need_root()
ROUNDS = int(os.environ.get("CLAUSTRUM_SOAK_ROUNDS", "3000"))
WARM = ROUNDS // 5


def state(pid):
    """Resident KiB, open descriptors, threads."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        status = dict(line.split(":", 1) for line in file)
    return int(status["VmRSS"].split()[0]), len(os.listdir(f"/proc/{pid}/fd")), int(status["Threads"])


def exchange(stage, number):
    kind = number % 4
    if kind == 0:
        assert json.load(stage.chat("Good morning", max_tokens=4))["choices"]
    elif kind == 1:
        response = stage.chat("Good morning", stream=True, max_tokens=4)
        assert b"[DONE]" in response.read()
    elif kind == 2:  # the client hangs up in the middle
        response = stage.chat("Tell me everything", stream=True, max_tokens=12)
        response.read(16)
        response.close()
    else:
        assert stage.chat("x", max_tokens=-1).status == 400
    if number % 50 == 0:
        stage.run(*stage.connect_arguments(stage.service), "--check")


with _stage.Stage() as stage:
    stage.all_up()
    serve = _stage.children(stage.children["serve"].pid)[0]
    pids = {"serve": serve, "connect": stage.children["connect"].pid, "broker": stage.children["broker"].pid}
    before = {}
    for number in range(ROUNDS):
        exchange(stage, number)
        if number == WARM:
            before = {name: state(pid) for name, pid in pids.items()}
    for name, pid in pids.items():
        (rss, files, threads), (rss0, files0, threads0) = state(pid), before[name]
        print(f"{name}: {rss0} -> {rss} KiB, {files0} -> {files} descriptors, {threads0} -> {threads} threads")
        assert rss < 1.2 * rss0 + 8192 and files <= files0 + 8 and threads <= threads0 + 8, name
print(f"{ROUNDS} exchanges")
