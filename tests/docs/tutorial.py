#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Executes the blocks marked ```sh tutorial of docs/tutorial.md, in order, in one shell."""
import os
import re
import subprocess
import sys

root = os.environ["CLAUSTRUM_ROOT"]
if os.geteuid() != 0:
    print("the engine's isolation needs root")
    sys.exit(77)
text = open(os.path.join(root, "docs/tutorial.md"), encoding="utf-8").read()
blocks = re.findall(r"```sh tutorial\n(.*?)```", text, re.S)
assert len(blocks) == 8, f"{len(blocks)} tutorial blocks"
script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf \"$WORK\"' EXIT\n"
script += f"cd {root}\n" + "\n".join(blocks)
model = os.path.join(root, "tests/fixtures/tiny-kjv.gguf")
done = subprocess.run(["bash", "-c", script], env=dict(os.environ, MODEL=model), timeout=150,
                      stdin=subprocess.DEVNULL, capture_output=True, text=True)
print(done.stdout[-4000:], done.stderr[-4000:])
assert done.returncode == 0, f"exit {done.returncode}"
for expected in ("data: [DONE]", ".cose", "inclusion proof verified", "no protection", "release-grant"):
    assert expected in done.stdout, f"not in the output: {expected}"
