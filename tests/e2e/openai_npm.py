#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The npm `openai` client, unchanged, lists models, asks and streams through connect."""
import os
import re
import shutil
import subprocess
import sys

import _stage

_stage.need_root()
PACKAGE = "openai@6.49.0"
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


def skip(why):
    print(why)
    sys.exit(77)


node, npm = shutil.which("node"), shutil.which("npm")
if node is None or npm is None:
    skip("node or npm is missing")
version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
if int(re.match(r"v(\d+)", version).group(1)) < 18:
    skip(f"node {version.strip()} is older than 18")
cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
folder = os.path.join(cache, "claustrum", "npm-" + PACKAGE.replace("@", "-"))
if not os.path.isfile(os.path.join(folder, "node_modules/openai/package.json")):
    os.makedirs(folder, exist_ok=True)
    installed = subprocess.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder,
                                PACKAGE], capture_output=True, text=True, timeout=240)
    if installed.returncode != 0:
        skip(f"{PACKAGE} could not be installed (no network?)")

with _stage.Stage() as stage:
    stage.all_up()
    script = os.path.join(folder, f"client-{os.getpid()}.mjs")
    try:
        with open(script, "w", encoding="utf-8") as file:
            file.write(SCRIPT)
        done = subprocess.run([node, script], capture_output=True, text=True, timeout=90,
                              env=dict(os.environ, OPENAI_BASE_URL=stage.url + "/v1", OPENAI_API_KEY=stage.token))
    finally:
        os.remove(script)
    assert done.returncode == 0 and '"ok":true' in done.stdout, done.stdout + done.stderr
    assert stage.tap.sealed() >= 3, "the requests took another way"
