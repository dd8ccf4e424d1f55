#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A release that could not start is refused before anything is written, and so is every name or size that
# only a crash would answer.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
echo weights > model.gguf
expect 0 seal "$CLAUSTRUM" seal model.gguf --out sealed --key-file key --model m
mkdir libraries
echo engine > engine
# make NAME=VALUE... : a release with these members in TOML.
make() {
  declare -A member=([service]='"s"' [publisher]='"p"' [number]=1 [valid-days]=1 [workload]='"engine"' [engine]='"engine"'
    [libraries]='"libraries"' [engine-arguments]='[]' [sealed-model]='"sealed"' [model-file]='"model.gguf"'
    [model-name]='"m"' [broker-url]='"http://127.0.0.1:1"' [ledger-origin]='"log.example/l"')
  local pair name
  for pair in "$@"; do member[${pair%%=*}]=${pair#*=}; done
  for name in "${!member[@]}"; do printf '%s = %s\n' "$name" "${member[$name]}"; done > release.toml
  "$CLAUSTRUM" profile make --config release.toml --out release
}
refused() { # refused CODE REASON NAME=VALUE...
  expect "$1" "${*:3}" make "${@:3}"; says "$2"; no_output
  [ -e release ] && { fail "${*:3} wrote: $(ls release)"; rm -rf release; }
}
refused 30 note.name 'ledger-origin="log example+x"'
refused 30 note.name 'ledger-origin=""'
refused 30 launch.text 'engine-arguments=["a\nb"]'
refused 30 release.model_file 'model-file="other.gguf"'
refused 30 launch.file_name 'model-file="../model.gguf"'
refused 20 "broker-url https://127.0.0.1:1" 'broker-url="https://127.0.0.1:1"'
refused 30 broker-url 'broker-url="http://127.0.0.1:99999"'
refused 30 launch.broker_url 'broker-url="unix:/tmp/x"'
refused 30 simulated-root 'simulated-root="xyz"'
refused 30 profile.number_range 'number=0'
refused 2 file.missing 'engine="nothing"'
refused 2 file.missing 'sealed-model="nothing"'
touch "libraries/a b"
refused 30 launch.file_name
rm "libraries/a b"
touch "libraries/a'''b"
refused 30 launch.file_name
rm "libraries/a'''b"

# Odd text that a guest takes stays what it is.
expect 0 "quotation marks" make "engine-arguments=[\"a'''b\", \"\\\"\", \"\\\\\", \"é\"]" "model-name=\"it's\"" \
  'publisher="\"P\" '"'''"'"'
python3 - <<'PYTHON' || fail "init-data says something else"
import json
try:
    import tomllib
except ImportError:
    raise SystemExit(0)
inner = tomllib.loads(tomllib.loads(open("release/init-data.toml").read())["data"]["claustrum.toml"])
assert inner["engine"]["arguments"] == ["a'''b", '"', "\\", "é"], inner
assert inner["model"]["name"] == "it's"
PYTHON
# Keys of an earlier release are kept; one that cannot be read is not replaced.
sum=$(cat release/*.pem release/broker-master.key | sha256sum)
expect 0 "a second edition" make number=2
[ "$(cat release/*.pem release/broker-master.key | sha256sum)" = "$sum" ] || fail "a key was replaced"
mv release/publisher.pem kept.pem && ln -s publisher.pem release/publisher.pem
expect 2 "a publisher key that cannot be read" make number=3; says file.read
[ -L release/publisher.pem ] || fail "the publisher key was replaced"
rm release/publisher.pem && mv kept.pem release/publisher.pem && rm release/broker-master.key
expect 2 "a database without its key" make number=3; says broker.master_key
[ -e release/broker-master.key ] && fail "a master key was made beside the database"

for bits in 0 3 1024 2049 8192 4294967295; do
  expect 30 "an authority with $bits bits" "$CLAUSTRUM" sim authority --authority amd --rsa-bits "$bits"; says sim.rsa_bits
  [ -e amd ] && fail "a folder was made"
done
expect 0 "a release again" bash -c 'rm -rf release/broker.db* && "$CLAUSTRUM" profile show release/profile.json --publisher $(cat release/publisher.sha256)'
expect 2 "a broker whose log has no name" "$CLAUSTRUM" broker serve --database d --master-key k --identity release/broker-identity.pem \
  --ledger-key release/ledger.pem --ledger-origin "a b" --baseline release/policy-baseline.toml
says "--ledger-origin"
finish
