#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`claustrum demo --json`: one object, four refusals with their reasons, a verified receipt, under 60 s. With
--keep it serves any OpenAI client until it is told to stop. However it ends, nothing stays behind."""
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request

import _stage

_stage.need_root()
SCRATCH = tempfile.mkdtemp(prefix="demo-")
ENVIRONMENT = dict(os.environ, TMPDIR=SCRATCH)
DEMO = [_stage.BINARY, "demo", "--json", "--model", _stage.MODEL]
started = time.monotonic()
done = subprocess.run([*DEMO, "--ask", "Which application collects evidence: who was Moses?"], capture_output=True, text=True, timeout=120,
                      env=ENVIRONMENT)
seconds = time.monotonic() - started
assert done.returncode == 0, done.stderr
assert done.stdout.count("\n") == 1, "standard output is one object on one line"
result = json.loads(done.stdout)
assert result["answer"]
assert result["simulated"] is True
assert result["verdict"]["verdict"] == "accepted" and result["verdict"]["simulated"] is True
assert all(f["status"] in ("pass", "waived", "not-offered") for f in result["verdict"]["factors"]), result["verdict"]
assert result["receipt"]["verified"] is True and result["receipt"]["outcome"] == "complete"
reasons = {r["attempt"]: r["reason"] for r in result["refusals"] if r["refused"]}
assert set(reasons) == {"altered-workload", "debug", "replay", "unknown-root"}, result["refusals"]
assert reasons["altered-workload"] == "measurement.measurement policy.measurement"
assert reasons["debug"] == "debug policy.debug"
assert reasons["unknown-root"].startswith("root snp.root")
assert reasons["replay"].startswith("binding ")
assert result["observed"]["readable"] is False and result["observed"]["down_bytes"] > 0
kinds = [entry["type"] for entry in result["ledger"]["entries"]]
assert kinds[:2] == ["software", "manifest"] and kinds.count("release-grant") == 2
assert all(entry["included"] for entry in result["ledger"]["entries"])
assert "no protection" in done.stderr
assert seconds < 60, f"{seconds:.0f} s"
assert not os.listdir(SCRATCH), os.listdir(SCRATCH)
print(f"{seconds:.1f} s")


def start(*flags):
    return subprocess.Popen([*DEMO, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=ENVIRONMENT, start_new_session=True)


def ends(demo, how, code):
    """Told to stop, the demo and all its processes end, and its folders go."""
    pids = _stage.descendants(demo.pid)
    demo.send_signal(how)
    demo.communicate(timeout=20)
    assert demo.returncode == code, demo.returncode
    assert all(_stage.gone(pid, 10) for pid in pids), "a process stays behind"
    for _ in range(100):  # the last of serve's own tidying
        if not os.listdir(SCRATCH):
            break
        time.sleep(0.05)
    assert not os.listdir(SCRATCH), os.listdir(SCRATCH)


# --keep: what it prints is enough for any client; a stop is its normal end.
demo = start("--keep", "--ask", "hi")
try:
    words = ""
    while "Ctrl-C" not in words:
        line = demo.stderr.readline()
        assert line, "the demo ended: " + words
        words += line
    result = json.loads(demo.stdout.readline())
    assert result["receipt"]["verified"] is True and result["observed"]["readable"] is False
    url = re.search(r"OPENAI_BASE_URL=(\S+)", words).group(1)
    key = re.search(r"OPENAI_API_KEY=(\S+)", words).group(1)
    request = urllib.request.Request(url + "/models", headers={"Authorization": "Bearer " + key})
    assert json.load(urllib.request.urlopen(request, timeout=30))["data"]
    ends(demo, signal.SIGTERM, 0)
finally:
    demo.kill()

# Interrupted while it prepares, and while it serves.
for mark, how in (("the owner seals", signal.SIGINT), ("connect imports", signal.SIGTERM)):
    demo = start()
    try:
        while mark not in (line := demo.stderr.readline()):
            assert line, "the demo ended early"
        time.sleep(0.05)
        ends(demo, how, 128 + how)
    finally:
        demo.kill()

# A model that is none, and one that only begins like one: an error with a reason, and nothing left.
broken = os.path.join(SCRATCH, "broken.gguf")
for content, code, reason in ((b"no model", 30, "demo.model"), (b"GGUF\3\0\0\0garbage", 1, "demo.start")):
    with open(broken, "wb") as file:
        file.write(content)
    done = subprocess.run([_stage.BINARY, "demo", "--json", "--model", broken], capture_output=True, text=True,
                          timeout=120, env=ENVIRONMENT)
    assert done.returncode == code and reason in done.stderr, done.stderr
    assert json.loads(done.stdout)["error"]["reason"] == reason, done.stdout
    os.remove(broken)
assert not os.listdir(SCRATCH), os.listdir(SCRATCH)
os.rmdir(SCRATCH)
