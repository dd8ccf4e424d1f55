#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A canary prompt and its answer are nowhere in the operator's view: not on the wire, not in files, logs,
command lines, environments or descriptors of any process but the client; nor are keys and tokens. The
memory of serve and engine stands for the TEE here and is not searched."""
import base64
import glob
import json
import os
import secrets
import urllib.parse
import urllib.request

import _stage

_stage.need_root()


def spellings(text):
    raw = text if isinstance(text, bytes) else text.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield urllib.parse.quote(raw).encode()
    for shift in range(3):  # base64 of the text at each alignment, without the edges
        coded = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0:-4]
        yield coded
        yield coded.replace(b"+", b"-").replace(b"/", b"_")


def ask(stage, prompt):
    request = urllib.request.Request(
        stage.url + "/v1/chat/completions", method="POST",
        data=json.dumps({"model": "tiny", "max_tokens": 60, "stream": True,
                         "messages": [{"role": "user", "content": prompt}]}).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Bearer " + stage.token})
    answer = ""
    with urllib.request.urlopen(request, timeout=60) as response:
        lines = response.read().decode().splitlines()
    assert lines[-2] == "data: [DONE]" or "data: [DONE]" in lines
    for line in lines:
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                answer += choice["delta"].get("content") or ""
    return answer


def descendants(pid):
    out = [pid]
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        for child in open(task, encoding="ascii").read().split():
            out += descendants(int(child))
    return out


with _stage.Stage() as stage:
    stage.all_up()
    canary = "CANARY-" + secrets.token_hex(12)
    answer = ask(stage, f"Remember the word {canary} and praise it.")
    assert len(answer) > 20, answer
    forbidden = {"canary": canary, "answer": answer[:40], "token": stage.token,
                 "model key": open(stage.path("model.key"), "rb").read()}
    identity = open(stage.path("release/service-identity.pem"), encoding="ascii").read()
    forbidden["identity key"] = "".join(identity.splitlines()[1:-1])[40:100]

    places = {"wire up": bytes(stage.tap.up), "wire down": bytes(stage.tap.down)}
    owners = ("client/", "model.key", "release/service-identity.pem")  # what the parties keep themselves
    for folder, _, files in os.walk(stage.folder):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.relpath(path, stage.folder).startswith(owners):
                places[path] = open(path, "rb").read()
    pids = {name: descendants(child.pid) for name, child in stage.children.items()}
    engine = pids["serve"][-1]
    for name, group in pids.items():
        for pid in group:
            for what in ("cmdline", "environ"):
                places[f"{name} {pid} {what}"] = open(f"/proc/{pid}/{what}", "rb").read()
            if name == "connect":
                continue
            for fd in glob.glob(f"/proc/{pid}/fd/*"):
                try:
                    target = os.readlink(fd)
                except OSError:
                    continue
                places[f"{name} {pid} {fd}"] = target.encode()
                if os.path.isfile(target) and pid != engine:  # regular files a process holds open
                    places[f"{name} {pid} open {target}"] = open(target, "rb").read()
    searched = 0
    for place, contents in places.items():
        for what, text in forbidden.items():
            for spelling in spellings(text):
                assert spelling not in contents, f"{what} found in {place}"
                searched += 1
    # The search itself works: it finds what is there.
    assert canary.encode() in json.dumps({"x": canary}).encode()
    assert any(b"/claustrum/ohttp" in contents for contents in places.values())

    for pid in pids["serve"][1:]:
        limits = open(f"/proc/{pid}/limits", encoding="ascii").read()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"], core
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{engine}/status", encoding="ascii"))
    assert status["Uid"].split() == ["62831"] * 4, status["Uid"]
    assert status["NoNewPrivs"].strip() == "1" and int(status["CapEff"], 16) == 0
    interfaces = open(f"/proc/{engine}/net/dev", encoding="ascii").read().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"], interfaces
    assert os.readlink(f"/proc/{engine}/ns/net") != os.readlink("/proc/self/ns/net")
    for fd in ("1", "2"):
        assert os.stat(f"/proc/{engine}/fd/{fd}").st_rdev == os.stat("/dev/null").st_rdev
    print(f"{len(places)} places, {searched} searches, nothing found")
