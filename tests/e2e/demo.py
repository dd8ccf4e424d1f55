#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`claustrum demo --json`: one object, four refusals with their reasons, a verified receipt, under 60 s."""
import json
import subprocess
import time

import _stage

_stage.need_root()
started = time.monotonic()
done = subprocess.run([_stage.BINARY, "demo", "--json", "--model", _stage.MODEL, "--ask", "Who was Moses?"],
                      capture_output=True, text=True, timeout=120)
seconds = time.monotonic() - started
assert done.returncode == 0, done.stderr
assert done.stdout.count("\n") == 1, "standard output is one object on one line"
result = json.loads(done.stdout)
assert result["answer"]
assert result["simulated"] is True
assert result["verdict"]["verdict"] == "accepted" and result["verdict"]["simulated"] is True
assert all(f["status"] in ("pass", "waived") for f in result["verdict"]["factors"]), result["verdict"]
assert result["receipt"]["verified"] is True and result["receipt"]["outcome"] == "complete"
reasons = {r["attempt"]: r["reason"] for r in result["refusals"] if r["refused"]}
assert set(reasons) == {"altered-workload", "debug", "replay", "unknown-root"}, result["refusals"]
assert reasons["altered-workload"] == "measurement policy.measurement"
assert reasons["debug"] == "debug policy.debug"
assert reasons["unknown-root"].startswith("root snp.root")
assert reasons["replay"].startswith("binding ")
assert result["observed"]["readable"] is False and result["observed"]["down_bytes"] > 0
kinds = [entry["type"] for entry in result["ledger"]["entries"]]
assert kinds[:2] == ["software", "manifest"] and kinds.count("release-grant") == 2
assert all(entry["included"] for entry in result["ledger"]["entries"])
assert "no protection" in done.stderr
assert seconds < 60, f"{seconds:.0f} s"
print(f"{seconds:.1f} s")
