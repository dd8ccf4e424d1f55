#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files that hold keys: never replaced, made once by whoever comes first, and not beside a database that
# only another key opens.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
same() { [ "$(sha256sum < "$1")" = "$2" ] || fail "$1 has changed"; }
echo "weights" > model.gguf
printf 'version = 1\nname = "says nothing"\n' > policy.toml
head -c 32 /dev/urandom > secret
put() { "$CLAUSTRUM" broker put --database "$1" --master-key "$2" --secret-file secret --policy policy.toml --name "$3"; }

# A key file that cannot be read is not a missing one. A loop of links cannot even by root.
ln -s loop loop
expect 2 "seal with an unreadable key" "$CLAUSTRUM" seal model.gguf --out sealed --key-file loop --model m; says file.read
[ -L loop ] || fail "seal replaced the key file"
[ -e sealed/manifest.json ] && fail "sealed without the key"
expect 2 "put with an unreadable master key" put db loop a/b/c; says file.read
[ -L loop ] || fail "put replaced the master key"
[ -e db ] && fail "a database was made without its key"
ln -s nowhere dangling
expect 2 "a link to nowhere" put db dangling a/b/c
[ -L dangling ] && [ ! -e nowhere ] || fail "a key was made through or in place of a link"
if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
  mkdir shared && chmod 777 shared . && head -c 32 /dev/urandom > shared/key && chmod 600 shared/key
  digest=$(sha256sum < shared/key)
  expect 2 "a key of another user" setpriv --reuid 65534 --clear-groups \
    "$CLAUSTRUM" seal model.gguf --out shared/out --key-file shared/key --model m
  same shared/key "$digest"
fi

# Many at once on a new database: one key, and it opens every row.
for round in 1 2 3; do
  pids=()
  for i in 1 2 3 4 5 6; do
    put "many$round.db" "many$round.key" "a/b/$i" > "many.$i" 2>&1 &
    pids+=($!)
  done
  for i in 1 2 3 4 5 6; do wait "${pids[$((i - 1))]}" || fail "put $i of round $round: $(cat "many.$i")"; done
  expect 0 "a put after many" put "many$round.db" "many$round.key" a/b/1; says '"version":2'
  [ "$(stat -c '%a %s' "many$round.key")" = "600 32" ] || fail "the key's mode or size"
  compgen -G "many$round.key.*" > /dev/null && fail "a temporary key was left"
done
for i in 1 2 3 4; do
  "$CLAUSTRUM" seal model.gguf --out "out$i" --key-file one-key --model m > /dev/null 2>&1 &
done
wait
[ "$(stat -c '%a %s' one-key)" = "600 32" ] || fail "the file key's mode or size"

# A mistyped path makes nothing.
expect 2 "explain without a database" "$CLAUSTRUM" broker explain x --database typo.db --master-key many1.key; says broker.database
expect 2 "explain without either" "$CLAUSTRUM" broker explain x --database typo.db --master-key typo.key
expect 2 "explain without the key" "$CLAUSTRUM" broker explain x --database many1.db --master-key typo.key; says broker.master_key
expect 2 "serve without a database" "$CLAUSTRUM" broker serve --database typo.db --master-key many1.key --identity i \
  --ledger-key l --ledger-origin o --baseline policy.toml
says broker.database
expect 2 "put into a database whose key is missing" put many1.db typo.key a/b/c; says broker.master_key
[ -e typo.db ] || [ -e typo.key ] && fail "a mistyped path was made"
head -c 32 /dev/urandom > other.key
expect 10 "put with another database's key" put many1.db other.key a/b/c; says "wrong master key?"
expect 10 "explain with another database's key" "$CLAUSTRUM" broker explain x --database many1.db --master-key other.key
says "wrong master key?"
finish
