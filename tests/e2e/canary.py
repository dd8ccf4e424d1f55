#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A canary prompt and its answer are nowhere in the operator's view: not on the wires between connect, serve
and broker, not in files, logs, command lines, environments or descriptors of any process but the client;
nor are keys, tokens and weights. Also not after requests that fail, and not after a stream that is cut. The
memory of serve and engine stands for the TEE here and is not searched."""
import base64
import ctypes
import glob
import http.client
import json
import os
import re
import secrets
import socket
import tempfile
import urllib.parse

import _stage

_stage.need_root()
ENGINE_UID = 62831


def spellings(text):
    raw = text if isinstance(text, bytes) else text.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(raw).encode(),
             urllib.parse.quote_plus(raw).encode()}
    if isinstance(text, str):
        found |= {json.dumps(text)[1:-1].encode(), json.dumps(text, ensure_ascii=False)[1:-1].encode()}
    for shift in range(3):  # base64 of the text at each alignment, without the edges
        coded = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0:-4]
        found |= {coded, coded.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def search(places, forbidden):
    wanted = [(what, spelling) for what, text in forbidden.items() for spelling in spellings(text)]
    return [f"{what} in {place}" for place, contents in places.items() for what, spelling in wanted
            if spelling in contents]


def answer_of(stage, prompt):
    response = stage.chat(prompt, stream=True, max_tokens=60)
    lines = response.read().decode().splitlines()
    assert response.status == 200 and "data: [DONE]" in lines, lines[-3:]
    return "".join(choice["delta"].get("content") or "" for line in lines if line.startswith("data: {")
                   for choice in json.loads(line[6:])["choices"])


def failing_requests(stage, canary):
    """The canary in every part of requests that are refused, by connect, by serve and by the engine."""
    def send(path, body, **headers):
        connection = http.client.HTTPConnection(stage.url.split("/")[2], timeout=60)
        fields = {"Content-Type": "application/json", "Authorization": "Bearer " + stage.token, **headers}
        connection.request("POST", path, body, fields)
        return connection.getresponse().status

    chat = "/v1/chat/completions"
    message = {"role": "user", "content": canary}
    good = json.dumps({"messages": [message], "max_tokens": 3})
    statuses = [
        send(chat, good, Authorization="Bearer " + canary),
        send(chat, good, Origin="https://" + canary),
        send("/" + canary, good),
        send("/v1/" + canary, good),
        send(chat + "?" + canary, good, **{"X-Note": canary, "User-Agent": canary}),
        send(chat, '{"' + canary),
        send(chat, json.dumps({"messages": [message], canary: canary})),
        send(chat, json.dumps({"messages": [{"role": canary, "content": canary}]})),
        send(chat, json.dumps({"messages": [{**message, "content": canary * 400}]})),
        send(chat, json.dumps({"model": canary, "messages": canary})),
    ]
    assert statuses[:4] == [401, 401, 404, 404] and statuses[5:] == [400] * 5, statuses
    response = stage.chat(canary, stream=True, max_tokens=300)  # a client that leaves in the middle
    response.read(32)
    response.close()


def private_part(path):
    """The secret 32 bytes of a P-256 or Ed25519 key in PKCS#8."""
    text = open(path, encoding="ascii").read()
    der = base64.b64decode("".join(text.splitlines()[1:-1]))
    return re.search(rb"\x04\x20(.{32})", der, re.DOTALL).group(1)


def operators_view(stage, own_files):
    places = {f"wire {name} {way}": bytes(kept) for name, tap in (("serve", stage.tap), ("broker", stage.broker_tap))
              for way, kept in (("up", tap.up), ("down", tap.down))}
    for path in (os.path.join(folder, name) for folder, _, names in os.walk(stage.folder) for name in names):
        places["name " + path] = path.encode()
        if os.path.isfile(path) and not os.path.relpath(path, stage.folder).startswith(own_files):
            places["file " + path] = open(path, "rb").read()
    for name, child in stage.children.items():
        for pid in _stage.descendants(child.pid):
            for what in ("cmdline", "environ", "comm"):
                places[f"{name} {pid} {what}"] = open(f"/proc/{pid}/{what}", "rb").read()
            for fd in glob.glob(f"/proc/{pid}/fd/*") if name != "connect" else ():
                try:
                    target = os.readlink(fd)
                except OSError:
                    continue
                places[f"{name} {pid} {fd}"] = target.encode()
                if os.path.isfile(target) and target.startswith("/"):
                    places[f"{name} {pid} open {target}"] = open(target, "rb").read()
    places["Unix sockets"] = open("/proc/net/unix", "rb").read()
    return places


def tried_as(uid, attempt):
    """Whether an attempt succeeds in a process of another uid that has no privileges."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os._exit(0 if attempt() else 1)
        except OSError:
            os._exit(1)
        finally:
            os._exit(2)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 1), code
    return code == 0


def isolation(stage):
    sim, serve, engine = _stage.descendants(stage.children["serve"].pid)
    for pid in (serve, engine):
        limits = open(f"/proc/{pid}/limits", encoding="ascii").read()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"], core
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{engine}/status", encoding="ascii"))
    assert status["Uid"].split() == status["Gid"].split() == [str(ENGINE_UID)] * 4, status["Uid"]
    assert status["Groups"].strip() == ""
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    assert all(int(status[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    interfaces = open(f"/proc/{engine}/net/dev", encoding="ascii").read().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"], interfaces
    routes = open(f"/proc/{engine}/net/route", encoding="ascii").read().splitlines()[1:]
    assert not routes, routes
    local = open(f"/proc/{engine}/net/fib_trie", encoding="ascii").read()
    assert "127.0.0.1" not in local, "its loopback interface is up"
    for space in ("net", "pid", "mnt", "ipc", "uts"):
        assert os.readlink(f"/proc/{engine}/ns/{space}") != os.readlink(f"/proc/{serve}/ns/{space}"), space
    for fd in ("1", "2"):
        assert os.stat(f"/proc/{engine}/fd/{fd}").st_rdev == os.stat("/dev/null").st_rdev
    assert set(os.listdir(f"/proc/{engine}/root")) <= {"engine", "proc", "run", "usr", "lib", "lib64"}
    ptrace = ctypes.CDLL(None).ptrace
    (folder,) = stage.engine_folders()
    engine_socket = folder + "/run/engine.sock"
    for path in (tempfile.gettempdir(), stage.folder, stage.path("tmp")):  # only serve's own folder is in the way
        if os.stat(path).st_mode & 0o777 == 0o700:
            os.chmod(path, 0o711)

    def seize():
        return ptrace(0x4206, engine, None, None) == 0  # PTRACE_SEIZE

    def knock():
        return socket.socket(socket.AF_UNIX).connect_ex(engine_socket) == 0

    assert tried_as(65534, lambda: True) and knock(), "the attempts themselves work"
    for uid in (65534, ENGINE_UID):
        assert not tried_as(uid, seize), f"uid {uid} may trace the engine"
        assert not tried_as(uid, knock), f"uid {uid} reaches the engine's socket"
        for pid in (serve, engine):
            for name in ("environ", "mem", "maps"):
                assert not tried_as(uid, lambda: open(f"/proc/{pid}/{name}", "rb").read(1) is not None), (uid, pid, name)
    assert sim != serve


with _stage.Stage() as stage:
    stage.release()
    stage.put_secrets()
    broker_port = _stage.free_port()
    stage.start_broker(port=broker_port)
    stage.broker_tap = _stage.Tap(broker_port, port=stage.broker_port)
    stage.all_up_from_serve()

    canary = "CANARY" + secrets.token_hex(12)
    answer = answer_of(stage, f"Remember the word {canary} and praise it.")
    assert len(answer) > 40, answer
    failing_requests(stage, canary)
    assert answer_of(stage, "again")

    weights = open(_stage.MODEL, "rb").read()[1_500_000:1_500_024]
    forbidden = {"canary": canary, "answer": answer[:32], "end of answer": answer[-32:], "token": stage.token,
                 "model key": open(stage.path("model.key"), "rb").read(), "weights": weights,
                 "broker's master key": open(stage.path("release/broker-master.key"), "rb").read()}
    keys = {"service-identity", "broker-identity", "publisher", "ledger"}
    for name in keys:
        forbidden[name + " key"] = private_part(stage.path(f"release/{name}.pem"))
    # What its owners keep: the client's folder, and the keys themselves.
    own_files = ("client/", "model.key", "release/broker-master.key", *(f"release/{name}.pem" for name in keys))

    places = operators_view(stage, own_files)
    found = search(places, forbidden)
    assert not found, found
    # The search finds what is there: every spelling where it is planted, and what the owners keep.
    for what, text in forbidden.items():
        for spelling in spellings(text):
            assert search({"planted": b"..." + spelling + b"..."}, {what: text}), (what, spelling)
    assert search(operators_view(stage, ()), forbidden), "the owners' own files were not looked at"
    assert b"POST /claustrum/ohttp" in places["wire serve up"] and b"POST /kbs/v0/attest" in places["wire broker up"]
    assert any(place.startswith("serve") and b"sealed" in contents for place, contents in places.items())
    isolation(stage)
    print(f"{len(places)} places, {len(forbidden)} secrets, nothing found")
