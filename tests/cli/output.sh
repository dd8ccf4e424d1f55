#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A result that could not be written is no success, and never lands in a file that was opened instead.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
echo "weights" > model.gguf
full() { "$CLAUSTRUM" "$@" > /dev/full; }
closed() { "$CLAUSTRUM" "$@" >&-; }
all_closed() { "$CLAUSTRUM" "$@" <&- >&- 2>&-; }
for to in full closed; do
  expect 1 "measure, $to" $to measure model.gguf; says output.write
  expect 1 "help, $to" $to --help; says output.write
  expect 1 "seal, $to" $to seal model.gguf --out "$to" --key-file "$to.key" --model m; says output.write
  [ "$(stat -c '%a %s' "$to.key")" = "600 32" ] || { echo "FAIL: $to: output in the key file"; failures=$((failures + 1)); }
  [ "$(tail -c 1 "$to/manifest.json")" = "}" ] || { echo "FAIL: $to: output in the manifest"; failures=$((failures + 1)); }
  expect 2 "an error stays what it is, $to" $to verify /nonexistent --json; says output.write
done
expect 1 "seal without any stream" all_closed seal model.gguf --out none --key-file none.key --model m
[ "$(stat -c '%a %s' none.key)" = "600 32" ] || { echo "FAIL: output in the key file"; failures=$((failures + 1)); }
expect 2 "a standard input that is closed" all_closed measure -
expect 0 "no output, no error" "$CLAUSTRUM" measure model.gguf; no_errors
genuine=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}/evidence/snp-v5-turin-vcek-azure-aci
if [ -d "$genuine" ]; then
  for form in "" --json; do
    # shellcheck disable=SC2086
    expect 1 "a good case, full $form" full verify --case "$genuine" $form; says output.write
    # shellcheck disable=SC2086
    expect 1 "a good case, closed $form" closed verify --case "$genuine" $form; says output.write
  done
fi
finish
