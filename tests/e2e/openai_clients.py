#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""curl and the npm `openai` client talk through connect unchanged; strangers and web pages do not."""
import json
import os
import shutil
import subprocess
import sys

import _stage

_stage.need_root()
PACKAGE = "openai@6.49.0"
CHAT = {"model": "tiny", "max_tokens": 20, "messages": [{"role": "user", "content": "Good morning"}]}
SCRIPT = """
import OpenAI from "openai";
const client = new OpenAI();  // OPENAI_BASE_URL and OPENAI_API_KEY
const models = await client.models.list();
if (models.data.length < 1) throw new Error("no models");
const whole = await client.chat.completions.create(
  {model: models.data[0].id, max_tokens: 12, messages: [{role: "user", content: "Good morning"}]});
if (!whole.choices[0].message.content) throw new Error("no answer");
const stream = await client.chat.completions.create(
  {model: models.data[0].id, max_tokens: 12, stream: true, messages: [{role: "user", content: "Good night"}]});
let text = "", finish = null;
for await (const event of stream) {
  text += event.choices[0]?.delta?.content ?? "";
  finish = event.choices[0]?.finish_reason ?? finish;
}
if (!text || !finish) throw new Error("no stream");
console.log(JSON.stringify({ok: true}));
"""


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "--max-time", "60", *arguments], capture_output=True, text=True, check=True).stdout


def npm_client(stage):
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "skipped: node or npm is missing"
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.path.join(cache, "claustrum", "npm-" + PACKAGE.replace("@", "-"))
    if not os.path.isdir(os.path.join(folder, "node_modules/openai")):
        os.makedirs(folder, exist_ok=True)
        installed = subprocess.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE],
                                   capture_output=True, text=True)
        if installed.returncode != 0:
            return "skipped: the package could not be installed"
    script = os.path.join(folder, "client.mjs")
    with open(script, "w", encoding="utf-8") as file:
        file.write(SCRIPT)
    done = subprocess.run([node, script], capture_output=True, text=True, timeout=90,
                          env=dict(os.environ, OPENAI_BASE_URL=stage.url + "/v1", OPENAI_API_KEY=stage.token))
    assert done.returncode == 0 and '"ok":true' in done.stdout, done.stdout + done.stderr
    return "passed"


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
    print("npm client:", npm_client(stage))
    receipts = os.listdir(stage.path("client/receipts/receipts"))
    assert len(receipts) >= 3, receipts
    sys.exit(0)
