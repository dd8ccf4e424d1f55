#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Help and usage errors of every subcommand: help on standard output alone, usage errors on standard
# error alone, exit 2.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
expect 0 version "$CLAUSTRUM" --version; says "claustrum 0.1.0"; no_errors
expect 0 help "$CLAUSTRUM" --help; says "Exit codes"; no_errors
expect 2 nothing "$CLAUSTRUM"; no_output
expect 2 unknown "$CLAUSTRUM" frobnicate; no_output
for command in verify measure seal serve connect demo sim "sim run" "sim authority" "sim evidence" broker \
  "broker put" "broker serve" "broker explain" profile "profile make" "profile show" ledger "ledger show" ear "ear show"; do
  # shellcheck disable=SC2086
  expect 0 "$command --help" "$CLAUSTRUM" $command --help; says "Usage"; no_errors
  # shellcheck disable=SC2086
  expect 2 "$command --nonsense" "$CLAUSTRUM" $command --nonsense; no_output
done
expect 2 "verify without input" "$CLAUSTRUM" verify; no_output
expect 2 "verify a missing file" "$CLAUSTRUM" verify /nonexistent
expect 2 "connect without token" "$CLAUSTRUM" connect --profile p --publisher 00 --service http://127.0.0.1:1; says token-file
# Who asked for a verdict as JSON gets one object, wrong usage included.
for arguments in "verify --json" "verify --json --nonsense" "verify --document x --json" "verify --case /nonexistent --json" \
  "verify --json a b c" "connect --json" "connect --json --check --nonsense" "ear show --json" "ear --json"; do
  # shellcheck disable=SC2086
  expect 2 "$arguments" "$CLAUSTRUM" $arguments; one_json; says '"verdict":"usage"'
done
expect 2 "a name that is no UTF-8" "$CLAUSTRUM" verify $'/nonexistent\xff\x01' --json; one_json
finish
