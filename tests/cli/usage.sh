#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Help and usage errors of every subcommand.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
expect 0 version "$CLAUSTRUM" --version; says "claustrum 0.1.0"
expect 0 help "$CLAUSTRUM" --help; says "Exit codes"
expect 2 nothing "$CLAUSTRUM"
expect 2 unknown "$CLAUSTRUM" frobnicate
for command in verify measure seal serve connect demo "sim run" "sim authority" "broker put" "broker serve" \
  "broker explain" "profile make" "profile show" "ledger show"; do
  # shellcheck disable=SC2086
  expect 0 "$command --help" "$CLAUSTRUM" $command --help; says "Usage"
  # shellcheck disable=SC2086
  expect 2 "$command --nonsense" "$CLAUSTRUM" $command --nonsense
done
expect 2 "verify without input" "$CLAUSTRUM" verify
expect 2 "verify a missing file" "$CLAUSTRUM" verify /nonexistent
expect 2 "connect without token" "$CLAUSTRUM" connect --profile p --publisher 00 --service http://127.0.0.1:1
finish
