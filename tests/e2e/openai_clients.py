#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""curl talks through connect unchanged; strangers and web pages do not get in."""
import json
import os
import subprocess

import _stage

_stage.need_root()
CHAT = {"model": "tiny", "max_tokens": 20, "messages": [{"role": "user", "content": "Good morning"}]}


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "--max-time", "60", *arguments], capture_output=True, text=True, check=True).stdout


with _stage.Stage() as stage:
    stage.all_up()
    key = "Authorization: Bearer " + stage.token
    url = stage.url + "/v1"
    body = ["-H", "Content-Type: application/json", "-d"]
    streamed = curl("-N", url + "/chat/completions", "-H", key, *body, json.dumps({**CHAT, "stream": True}))
    assert streamed.rstrip().endswith("data: [DONE]"), streamed[-300:]
    assert not any(line.startswith(":") for line in streamed.splitlines()), "filler reached the client"
    whole = json.loads(curl(url + "/chat/completions", "-H", key, *body, json.dumps(CHAT)))
    assert whole["choices"][0]["message"]["content"] and whole["usage"]["completion_tokens"] > 0
    assert json.loads(curl(url + "/models", "-H", key))["data"]
    by_socket = curl("--unix-socket", stage.path("client/socket"), "http://localhost/v1/models", "-H", key)
    assert json.loads(by_socket)["data"]
    assert os.stat(stage.path("client/socket")).st_mode & 0o777 == 0o600
    assert os.stat(stage.path("client/token")).st_mode & 0o777 == 0o600

    def status(*arguments):
        return curl("-o", "/dev/null", "-w", "%{http_code}", url + "/models", *arguments)

    sealed = stage.tap.sealed()
    assert status() == "401" and status("-H", "Authorization: Bearer wrong") == "401"
    assert status("-H", key, "-H", "Origin: https://evil.example") == "401"
    assert status("-H", key, "-H", "Host: evil.example") == "401"
    assert stage.tap.sealed() == sealed, "a refused local request was sent on"
    assert json.loads(curl(url + "/files", "-H", key))["error"]["code"] == "engine.path"
    refused = json.loads(curl(url + "/chat/completions", "-H", key, *body, json.dumps({**CHAT, "id_slot": 1})))
    assert refused["error"]["code"] == "engine.member", refused
    receipts = os.listdir(stage.path("client/receipts/receipts"))
    assert len(receipts) >= 3, receipts
