#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# connect and serve say what is wrong, where, and what to do: a service that is not there, receipts that could
# not be kept, secrets of the wrong kind.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
echo weights > model.gguf
mkdir libraries
"$CLAUSTRUM" seal model.gguf --out sealed --key-file model.key --model m > sealed.json || exit 1
root=$("$CLAUSTRUM" sim authority --authority amd --rsa-bits 2048 | python3 -c 'import json, sys; print(json.load(sys.stdin)["root"])')
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > release.toml <<TOML
service = "s"
publisher = "p"
number = 1
valid-days = 1
workload = "$CLAUSTRUM"
engine = "model.gguf"
libraries = "libraries"
engine-arguments = []
sealed-model = "sealed"
model-file = "model.gguf"
model-name = "m"
broker-url = "http://127.0.0.1:$port"
simulated-root = "$root"
ledger-origin = "log.example/l"
TOML
expect 0 "a release" "$CLAUSTRUM" profile make --config release.toml --out release
publisher=$(cat release/publisher.sha256)

connect=("$CLAUSTRUM" connect --profile release/profile.json --publisher "$publisher" --service "http://127.0.0.1:$port")
expect 1 "a service that is not there" "${connect[@]}" --check --json; one_json
says "nothing was sent: http://127.0.0.1:$port gave no evidence"; says "check the address"; says '"verdict":"unavailable"'
expect 1 "the same in words" "${connect[@]}" --check; no_output; says "nothing was sent: http://127.0.0.1:$port"
expect 1 "receipts where nothing can be written" "${connect[@]}" --token-file token --receipts /dev/null/receipts
says receipt.store; says /dev/null/receipts
mkdir receipts && touch receipts/openings
expect 1 "receipts with a file in the way" "${connect[@]}" --token-file token --receipts receipts; says receipt.store
expect 1 "receipts that can be kept" "${connect[@]}" --token-file token --receipts kept; says net.connect
expect 2 "a publisher that is no hash" "${connect[@]/$publisher/xyz}" --check --json; one_json; says '"verdict":"usage"'
says "--publisher"
expect 2 "a publisher that is too short" "${connect[@]/$publisher/00}" --check; says "64 hex digits"

put() { "$CLAUSTRUM" broker put --database release/broker.db --master-key release/broker-master.key --name "$1" \
  --secret-file "$2" --policy release/policy-release.toml > put.json; }
guest=("$CLAUSTRUM" sim run --authority amd --rsa-bits 2048 --init-data release/init-data.toml --)
serve=("${guest[@]}" "$CLAUSTRUM" serve --init-data release/init-data.toml --sealed sealed --engine model.gguf
  --libraries libraries --software release/software.json --proofs release/proofs.json)
head -c 31 model.key > short
echo "no key at all" > words
expect 0 put put default/model-key/1 short
expect 0 put put default/service-identity/1 release/service-identity.pem
"$CLAUSTRUM" broker serve --database release/broker.db --master-key release/broker-master.key --identity release/broker-identity.pem \
  --ledger-key release/ledger.pem --ledger-origin log.example/l --baseline release/policy-baseline.toml \
  --listen "http://127.0.0.1:$port" --ready-file ready 2> broker.log &
broker=$!
trap 'kill $broker 2> /dev/null; wait $broker 2> /dev/null' EXIT
for _ in $(seq 100); do [ -e ready ] && break; sleep 0.1; done
expect 30 "a model key of another length" "${serve[@]}"; says "launch.model_key"; says "secret model-key (default/model-key/1)"
says "put the key file"
put default/model-key/1 model.key
put default/service-identity/1 words
expect 30 "an identity that is no key" "${serve[@]}"; says "launch.identity_key"
says "secret identity-key (default/service-identity/1)"
case $err in *"no key at all"*) echo "FAIL: a secret's value is shown"; failures=$((failures + 1)) ;; esac
expect 10 "a guest that a policy refuses" "$CLAUSTRUM" sim run --authority amd --rsa-bits 2048 --debug --init-data \
  release/init-data.toml -- "${serve[@]:${#guest[@]}}"
says kbs.refused
[ "$(grep -o "broker explain" <<< "$err" | wc -l)" = 1 ] || { echo "FAIL: broker explain not once: $err"; failures=$((failures + 1)); }
expect 127 "a workload that is no program" "${guest[@]}" /etc/passwd; says "/etc/passwd is no program"
finish
