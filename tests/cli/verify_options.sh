#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify: an option that would not be looked at is a usage error; report data is compared; files of connect
# that lost their contents do not open a door.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
head -c 1184 /dev/zero > zeros
mkdir -p folder && echo '{}' > folder/case.json
hex=$(printf '%064d' 0)
expect 2 "a nonce without a document" "$CLAUSTRUM" verify zeros --nonce "$hex"
expect 2 "a profile without a document" "$CLAUSTRUM" verify zeros --profile p --publisher "$hex"
expect 2 "a policy for a document" "$CLAUSTRUM" verify --document zeros --profile p --publisher "$hex" --nonce "$hex" \
  --policy p
expect 2 "a policy for a case" "$CLAUSTRUM" verify --case folder --policy p
expect 2 "collateral for a case" "$CLAUSTRUM" verify --case folder --collateral ark=zeros
expect 2 "no floors for a document" "$CLAUSTRUM" verify --document zeros --profile p --publisher "$hex" --nonce "$hex" \
  --no-floor
expect 2 "report data that is no hex" "$CLAUSTRUM" verify zeros --report-data xyz --json; one_json
expect 2 "a time that is none" "$CLAUSTRUM" verify --case folder --at tomorrow --json; says "--at"
for bad in "--nonce xyz --publisher $hex" "--nonce 00 --publisher $hex" "--nonce $hex --publisher xyz" \
  "--nonce $hex --publisher ${hex}00"; do
  # shellcheck disable=SC2086
  expect 2 "$bad" "$CLAUSTRUM" verify --document zeros --profile zeros $bad --json; one_json; says '"verdict":"usage"'
done
expect 10 "report data of evidence that is not authentic" "$CLAUSTRUM" verify zeros --report-data "$hex$hex" --json
one_json; says '"id":"nonce","status":"not-reached"'
expect 10 "no report data demanded" "$CLAUSTRUM" verify zeros --json; says '"id":"nonce","status":"not-attested"'

# Containers and platforms: what was taken for what is said; nothing is guessed.
base64 zeros > zeros.b64
expect 10 "evidence in base64" "$CLAUSTRUM" verify zeros.b64 --json; one_json; says '"platform":"amd-sev-snp"'
echo "{\"quote\":\"$(base64 -w0 zeros)\"}" > zeros.json
expect 10 "evidence in JSON" "$CLAUSTRUM" verify zeros.json --json; one_json
echo '{"something":"else"}' > strange.json
expect 30 "a container we do not know" "$CLAUSTRUM" verify strange.json --json; one_json; says envelope.json
echo 'plain words, no evidence' > words
expect 30 "text" "$CLAUSTRUM" verify words --json; one_json; says envelope.text
head -c 100 /dev/zero > nothing
expect 30 "no platform" "$CLAUSTRUM" verify nothing --json; one_json; says verify.unrecognised
expect 10 "a platform by hand" "$CLAUSTRUM" verify nothing --as intel-tdx --json; one_json; says '"platform":"intel-tdx"'
expect 20 "a platform that is none" "$CLAUSTRUM" verify zeros --as vax --json; one_json

evidence=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}/evidence
genuine=$evidence/snp-v5-turin-vcek-azure-aci
if [ -d "$genuine" ]; then
  check=("$CLAUSTRUM" verify "$genuine/evidence.bin" --collateral "vcek=$genuine/vcek.der" --collateral
    "ask=$genuine/ask.der" --collateral "ark=$genuine/ark.der" --at 2026-03-07T02:00:00Z --json)
  "${check[@]}" > all.json
  real=$(python3 -c 'import json; print(json.load(open("all.json"))["claims"]["report_data"])')
  expect 10 "another report data" "${check[@]}" --report-data "$(printf "%0128d" 1)"; says verify.report_data
  expect 10 "its own report data" "${check[@]}" --report-data "$real"; says '"id":"nonce","status":"pass"'
fi

# All files of one verification count together, and the work on them stays within 64 MiB.
head -c 11M /dev/zero > half; head -c 4900K /dev/zero > quarter
expect 30 "files beyond the sum" "$CLAUSTRUM" verify half --as snp --collateral vcek=half --json; says file.size
cat > memory.py <<'PY'
import resource, subprocess, sys
for platform in ("amd-sev-snp", "intel-sgx", "intel-tdx", "aws-nitro"):
    done = subprocess.run([sys.argv[1], "verify", "quarter", "--as", platform, "--json",
                           "--collateral", "crl=quarter", "--collateral", "tcb_info=quarter",
                           "--collateral", "root_ca_crl=quarter"], capture_output=True)
    assert done.returncode in (10, 30), (platform, done)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"peak {peak:.0f} MiB")
assert peak < 64
PY
expect 0 "64 MiB are enough for any input" python3 memory.py "$CLAUSTRUM"; echo "$out"

echo weights > model.gguf
expect 0 seal "$CLAUSTRUM" seal model.gguf --out sealed --key-file key --model m
cat > release.toml <<TOML
service = "s"
publisher = "p"
number = 1
valid-days = 1
workload = "$PWD/zeros"
engine = "$PWD/zeros"
libraries = "$PWD/libraries"
engine-arguments = []
sealed-model = "$PWD/sealed"
model-file = "model.gguf"
model-name = "m"
broker-url = "http://127.0.0.1:1"
ledger-origin = "log.example/l"
TOML
expect 2 "a folder of libraries that is not there" "$CLAUSTRUM" profile make --config release.toml --out release
says release.libraries
mkdir -p libraries
expect 0 "a release" "$CLAUSTRUM" profile make --config release.toml --out release
connect=("$CLAUSTRUM" connect --profile release/profile.json --publisher "$(cat release/publisher.sha256)"
  --service http://127.0.0.1:1)
echo garbage > state
expect 30 "a state file without a number" "${connect[@]}" --check --state state; says connect.state
: > state
expect 30 "an emptied state file" "${connect[@]}" --check --state state; says connect.state
echo 2 > state
expect 10 "an edition seen before was newer" "${connect[@]}" --check --state state; says profile.number
echo 1 > state
expect 1 "the edition seen before" "${connect[@]}" --check --state state; says net.connect
finish
