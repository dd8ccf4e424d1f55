#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""After an answer, neither the prompt nor the answer is left in the memory of any process on the way:
serve, engine, broker and connect overwrite what they free."""
import base64
import glob
import json
import re
import secrets
import time
import urllib.request

import _stage

_stage.need_root()


def ask(stage, prompt, stream):
    request = urllib.request.Request(
        stage.url + "/v1/chat/completions", method="POST",
        data=json.dumps({"model": "tiny", "max_tokens": 60, "stream": stream, "seed": 5,
                         "messages": [{"role": "user", "content": prompt}]}).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Bearer " + stage.token,
                 "Connection": "close"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read().decode()


def descendants(pid):
    out = [pid]
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        for child in open(task, encoding="ascii").read().split():
            out += descendants(int(child))
    return out


def memory(pid):
    """What a process has written to: private writable mappings."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            first, last, mode = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if mode.startswith("rw"):
                try:
                    mem.seek(int(first, 16))
                    yield mem.read(int(last, 16) - int(first, 16))
                except OSError:
                    pass


with _stage.Stage() as stage:
    stage.all_up()
    canary = "canary" + secrets.token_hex(12)
    prompt = f"Remember the word {canary} and praise it."
    ask(stage, prompt, stream=True)
    answer = json.loads(ask(stage, prompt, stream=False))["choices"][0]["message"]["content"]
    assert len(answer) > 40, answer
    searched = {"prompt": canary.encode(), "answer": answer[8:40].encode(),
                "prompt, base64": base64.b64encode(prompt.encode())[24:48]}
    processes = {pid: name for name, child in stage.children.items() for pid in descendants(child.pid)}
    deadline = time.monotonic() + 15  # threads of closed connections may still be ending
    while True:
        found = [f"{what} in {name} {pid}" for pid, name in processes.items() for piece in memory(pid)
                 for what, text in searched.items() if text in piece]
        if not found or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert not found, found
    # The search itself works: the local token lives in connect as long as it runs.
    assert any(stage.token.encode() in piece for piece in memory(stage.children["connect"].pid))
    print(f"{len(processes)} processes, nothing left")
