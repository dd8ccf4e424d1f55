#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify --event-log: a log that fits the quote is named, a changed one refuses; containers that
# bring one along; a policy's rules about what it names; tokens are told what they are.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
data=$(printf '5a%.0s' $(seq 64))
at=$(date -u -d '+1 minute' +%Y-%m-%dT%H:%M:%SZ)
expect 0 "a simulated TD" "$CLAUSTRUM" sim evidence --platform intel-tdx --authority intel --report-data "$data" --out td
root=$(printf '%s' "$out" | python3 -c 'import json, sys; print(json.load(sys.stdin)["root"])')
printf 'version = 2\nname = "x"\n[[simulated]]\nroot = "%s"\nreason = "test"\nuntil = "2100-01-01T00:00:00Z"\n' "$root" > policy.toml
collateral=()
for pair in $(python3 -c 'import json
for name, file in json.load(open("td/case.json"))["collateral"].items():
    if name != "event_log": print(f"{name}=td/{file}")'); do collateral+=(--collateral "$pair"); done
check() { # check FILE OPTION...
  "$CLAUSTRUM" verify "$1" "${collateral[@]}" --policy policy.toml --report-data "$data" --at "$at" --json "${@:2}"
}
state() { # state STATUS: of the factor event-log
  printf '%s' "$out" | python3 -c 'import json, sys
(f,) = [f for f in json.load(sys.stdin)["factors"] if f["id"] == "event-log"]
assert f["status"] == sys.argv[1], f' "$1" || { echo "FAIL: event-log is not $1"; failures=$((failures + 1)); }
}

expect 10 "no log" check td/evidence.bin; one_json; state not-attested
expect 10 "its log" check td/evidence.bin --event-log td/ccel.bin; one_json; state pass
says '"secure_boot":"on"'; says '"command_line"'; says 'sim.example boot'
python3 - <<'PY'
log = bytearray(open("td/ccel.bin", "rb").read())
at = log.index(bytes([4, 0, 0, 0, 1, 0, 0, 0, 12, 0])) + 20  # a digest of the first separator
log[at] ^= 1
open("changed.bin", "wb").write(log)
open("cut.bin", "wb").write(log[:-3])
PY
expect 10 "a changed log" check td/evidence.bin --event-log changed.bin; state fail; says tdx.event_log.register
case "$out" in *'"event_log":{'*) echo "FAIL: a log that does not fit claims something"; failures=$((failures + 1));; esac
expect 10 "a log cut short" check td/evidence.bin --event-log cut.bin; state fail; says '"reason":"tcg.event_log"'
expect 2 "two logs" check td/evidence.bin --event-log td/ccel.bin --collateral event_log=td/ccel.bin; one_json
expect 2 "a log that is not there" check td/evidence.bin --event-log nowhere; one_json
expect 2 "a log for a case" "$CLAUSTRUM" verify --case td --event-log td/ccel.bin

# As guests and services wrap them.
python3 - <<'PY'
import base64, json
b64 = lambda name: base64.b64encode(open("td/" + name, "rb").read()).decode()
quote, log = b64("evidence.bin"), b64("ccel.bin")
url = quote.replace("+", "-").replace("/", "_").rstrip("=")
json.dump({"cc_eventlog": log, "quote": quote}, open("trustee.json", "w"))
json.dump({"tdx": {"quote": quote, "event_log": log}, "policy_ids": []}, open("service.json", "w"))
json.dump({"td": ["application/octet-stream", url, 4], "gpu": ["x", "AA", 2]}, open("cmw.json", "w"))
open("twice.txt", "w").write(base64.encodebytes(open("trustee.json", "rb").read()).decode())
PY
for file in trustee.json service.json twice.txt; do
  expect 10 "$file" check $file; one_json; state pass; says "verify: taken as intel-tdx"
done
expect 10 "cmw.json" check cmw.json; state not-attested; says "CMW collection of 2"
expect 10 "another log than the one that came along" check trustee.json --event-log changed.bin; state fail
printf 'eyJhbGciOiJFUzI1NiJ9.eyJlYXRfbm9uY2UiOiJ4In0.AAAA' > token
expect 20 "a token" "$CLAUSTRUM" verify token --json; one_json; says "Entity Attestation Token (JSON Web Token)"

# A policy may demand what the log names.
kernel=$(check td/evidence.bin --event-log td/ccel.bin 2> /dev/null |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["claims"]["details"]["event_log"]["kernel"])')
[ ${#kernel} = 96 ] || { echo "FAIL: no kernel is named"; failures=$((failures + 1)); }
printf '[platform.intel-tdx]\nclaims."event_log.kernel" = { exact = "%s" }\nclaims."event_log.secure_boot" = { exact = "on" }\n' \
  "$kernel" >> policy.toml
expect 10 "rules about the log" check td/evidence.bin --event-log td/ccel.bin
says '"id":"claim.event_log.kernel","status":"pass"'; says '"id":"claim.event_log.secure_boot","status":"pass"'
expect 10 "rules about the log, without one" check td/evidence.bin; says '"id":"claim.event_log.kernel","status":"fail"'
finish
