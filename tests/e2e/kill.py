#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 in the middle: a client sees an error, never a silently complete answer; the engine dies with
serve; the broker keeps every ledger entry that it acknowledged."""
import glob
import http.client
import json
import os
import signal
import time

import _stage

_stage.need_root()


def begin_stream(stage):
    host = stage.url.split("/")[2]
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(
        {"model": "tiny", "max_tokens": 400, "stream": True,
         "messages": [{"role": "user", "content": "Tell me everything"}]}),
        {"Content-Type": "application/json", "Authorization": "Bearer " + stage.token})
    response = connection.getresponse()
    assert response.status == 200
    return response, response.read(64)


def rest_of(response):
    """What still comes; whether the stream ended as a whole one does."""
    data, whole = b"", True
    try:
        while piece := response.read1(65536):
            data += piece
    except (http.client.HTTPException, OSError):
        whole = False
    return data, whole


def ledger(stage):
    key = next(line for line in open(stage.path("release/init-data.toml"), encoding="utf-8")
               if line.startswith("keys = ")).split('"')[1]
    shown = stage.run("ledger", "show", "--url", f"http://127.0.0.1:{stage.broker_port}", "--key", key,
                      "--origin", _stage.ORIGIN, "--json")
    return [entry["type"] for entry in json.loads(shown.stdout)["entries"]]


def children(pid):
    return [int(child) for task in glob.glob(f"/proc/{pid}/task/*/children")
            for child in open(task, encoding="ascii").read().split()]


def gone(pid):
    for _ in range(100):
        try:
            if open(f"/proc/{pid}/stat", encoding="ascii").read().split(") ")[1][0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


with _stage.Stage() as stage:
    stage.all_up()
    response, first = begin_stream(stage)
    data, whole = rest_of(response)
    assert whole and b"data: [DONE]" in data, "an undisturbed stream is whole"

    # The engine dies in the middle: the receipt says so, and connect passes no end mark on.
    (serve,) = children(stage.children["serve"].pid)
    (engine,) = children(serve)
    response, first = begin_stream(stage)
    os.kill(engine, signal.SIGKILL)
    data, whole = rest_of(response)
    if b"data: [DONE]" not in data:  # else the engine had said everything before it died
        assert not whole or b'"error"' in data, data[-300:]

    # serve dies: the same, and its engine does not outlive it.
    stage.stop("serve")
    service = stage.start_serve()
    stage.tap.target = int(service.rsplit(":", 1)[1])
    (serve,) = children(stage.children["serve"].pid)
    (engine,) = children(serve)
    response, first = begin_stream(stage)
    os.kill(serve, signal.SIGKILL)
    data, whole = rest_of(response)
    assert b"data: [DONE]" not in data, "an end mark after serve was killed"
    assert not whole or b'"error"' in data, data[-300:]
    assert gone(engine), "the engine outlived serve"
    stage.stop("serve")

    # The broker is killed at random moments of guests asking; every acknowledged entry survives.
    before = ledger(stage)
    for round_number in range(4):
        service = stage.start_serve()
        stage.stop("serve")
        stage.stop("broker", signal.SIGKILL)
        stage.start_broker()
        after = ledger(stage)
        assert after[:len(before)] == before
        assert after[len(before):].count("release-grant") == 2, after[len(before):]
        before = after
    print(f"{len(before)} ledger entries, all kept")
