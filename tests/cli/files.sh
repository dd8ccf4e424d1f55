#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seal, broker, profile, connect and ledger with bad input: a clear error, the right code, nothing lost.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
echo "weights" > model.gguf
expect 0 seal "$CLAUSTRUM" seal model.gguf --out sealed --key-file key --model m; one_json
[ "$(stat -c %a key)" = 600 ] || { echo "FAIL: key mode"; failures=$((failures + 1)); }
expect 1 "seal into a sealed folder" "$CLAUSTRUM" seal model.gguf --out sealed --key-file key --model m; says sealed.exists
head -c 5 key > short-key
expect 30 "a short key" "$CLAUSTRUM" seal model.gguf --out other --key-file short-key --model m
[ -e other/manifest.json ] && { echo "FAIL: a manifest was written"; failures=$((failures + 1)); }
expect 30 "a bad model name" "$CLAUSTRUM" seal model.gguf --out other --key-file key --model $'a\nb'

printf 'version = 1\nname = "says nothing"\n' > policy.toml
put=("$CLAUSTRUM" broker put --database db --master-key master --secret-file key)
expect 0 "an incomplete policy warns" "${put[@]}" --name a/b/c --policy policy.toml; says "denies everybody"
expect 30 "a bad name" "${put[@]}" --name ../../etc --policy policy.toml
echo "version = " > broken.toml
expect 30 "a broken policy" "${put[@]}" --name a/b/c --policy broken.toml
head -c 4096 /dev/urandom > nodb
expect 30 "a file that is no database" "$CLAUSTRUM" broker put --database nodb --master-key master --secret-file key \
  --name a/b/c --policy policy.toml
expect 2 "an audit id that is not there" "$CLAUSTRUM" broker explain --database db --master-key master 0011223344556677
head -c 32 /dev/urandom > master2
expect 0 "another master key still opens an empty trail" "$CLAUSTRUM" broker put --database db2 --master-key master2 \
  --secret-file key --name a/b/c --policy policy.toml

echo "{}" > profile.json
expect 30 "a profile without signature" "$CLAUSTRUM" profile show profile.json --publisher "$(printf '%064d' 0)"
expect 2 "a publisher that is no hash" "$CLAUSTRUM" profile show profile.json --publisher xyz
echo 'service = "x"' > release.toml
expect 30 "an incomplete release" "$CLAUSTRUM" profile make --config release.toml --out rel
expect 30 "a ledger key that is none" "$CLAUSTRUM" ledger show --url http://127.0.0.1:1 --key x --origin o
expect 20 "an endpoint of another scheme" "$CLAUSTRUM" ledger show --url ftp://127.0.0.1 --key x --origin o
expect 2 "measure a missing file" "$CLAUSTRUM" measure /nonexistent
expect 0 measure "$CLAUSTRUM" measure model.gguf
[ ${#out} = 96 ] || { echo "FAIL: a measurement is 96 digits"; failures=$((failures + 1)); }
expect 2 "a folder of libraries that is not there" bash -c 'printf "%s\n" "service = \"x\"" "publisher = \"p\"" \
  "number = 1" "valid-days = 1" "workload = \"model.gguf\"" "engine = \"model.gguf\"" "libraries = \"nowhere\"" \
  "engine-arguments = []" "sealed-model = \"sealed\"" "model-file = \"m\"" "model-name = \"m\"" \
  "broker-url = \"http://127.0.0.1:1\"" "ledger-origin = \"o\"" > whole.toml
  "$CLAUSTRUM" profile make --config whole.toml --out rel'; says release.libraries
expect 30 "serve with init-data that is none" "$CLAUSTRUM" serve --init-data policy.toml --sealed sealed --engine e --libraries l
check=("$CLAUSTRUM" connect --profile profile.json --publisher "$(printf '%064d' 0)" --check --json)
expect 30 "connect with a profile that is none" "${check[@]}" --service http://127.0.0.1:1; one_json
finish
