#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The verify contract: exit codes, and exactly one JSON object on every exit.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
: > empty
head -c 1183 /dev/zero > short
head -c 1184 /dev/zero > zeros
head -c 1184 /dev/urandom > random
head -c 20000000 /dev/zero > huge
for file in empty short zeros random huge; do
  for form in "" --json; do
    # shellcheck disable=SC2086
    "$CLAUSTRUM" verify $file $form > out 2> err < /dev/null; code=$?
    case $file-$code in
      empty-30 | short-30 | zeros-10 | zeros-30 | random-10 | random-20 | random-30 | huge-30) ;;
      *) echo "FAIL: $file $form gave $code"; failures=$((failures + 1)) ;;
    esac
    if [ "$form" = --json ]; then out=$(cat out) err=; one_json; fi
  done
done
expect 2 "missing file, json" "$CLAUSTRUM" verify /nonexistent --json; one_json
printf 'version = 1\nname = "x"\nunknown = true\n' > policy.toml
expect 30 "policy with an unknown member" "$CLAUSTRUM" verify zeros --policy policy.toml --json; one_json
says policy.unknown_member
printf 'version = 9\n' > policy.toml
expect 20 "policy of another version" "$CLAUSTRUM" verify zeros --policy policy.toml --json; one_json
expect 2 "bad time" "$CLAUSTRUM" verify zeros --at yesterday --json; one_json
expect 20 "unknown platform" "$CLAUSTRUM" verify zeros --platform vax --json; one_json
expect 30 "no case.json that parses" bash -c 'mkdir -p c && echo "{" > c/case.json && "$CLAUSTRUM" verify --case c --json'
one_json

evidence=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}/evidence
if [ ! -d "$evidence" ]; then
  [ "$failures" = 0 ] || exit 1
  echo "skipped the real cases: no $evidence"
  exit 77
fi
cases=0
for folder in "$evidence"/*; do
  grep -q '"platform": "amd-sev-snp"' "$folder/case.json" 2>/dev/null || continue
  cases=$((cases + 1))
  "$CLAUSTRUM" verify --case "$folder" --json > out 2> err; code=$?
  out=$(cat out) err=; one_json
  if grep -q '"expect": "pass"' "$folder/case.json"; then
    [ $code = 0 ] && [ ! -s err ] || { echo "FAIL: $folder gave $code"; failures=$((failures + 1)); }
  else
    case $code in 10 | 30) ;; *) echo "FAIL: $folder gave $code"; failures=$((failures + 1)) ;; esac
  fi
done
echo "amd-sev-snp: $cases real cases"
genuine=$evidence/snp-v5-turin-vcek-azure-aci
printf 'version = 1\nname = "empty"\n' > empty.toml
expect 10 "an empty policy denies" "$CLAUSTRUM" verify "$genuine/evidence.bin" --collateral "vcek=$genuine/vcek.der" \
  --collateral "ask=$genuine/ask.der" --collateral "ark=$genuine/ark.der" --policy empty.toml --at 2026-03-07T02:00:00Z
says policy.incomplete
expect 10 "authentic but not appraised" "$CLAUSTRUM" verify "$genuine/evidence.bin" --collateral "vcek=$genuine/vcek.der" \
  --collateral "ask=$genuine/ask.der" --collateral "ark=$genuine/ark.der" --at 2026-03-07T02:00:00Z
says policy.none
expect 10 "missing collateral names its address" "$CLAUSTRUM" verify "$genuine/evidence.bin"
says "https://kdsintf.amd.com/vcek/v1/Turin/59790fb1c39f35c1?fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=4&ucodeSPL=81"
# Cut short anywhere, and with a byte too many.
for length in 0 1 4 671 672 1183; do
  head -c $length "$genuine/evidence.bin" > cut
  expect 30 "cut to $length bytes" "$CLAUSTRUM" verify cut --json; one_json
done
(cat "$genuine/evidence.bin"; printf x) > long
expect 30 "a byte too many" "$CLAUSTRUM" verify long --json; one_json
finish
