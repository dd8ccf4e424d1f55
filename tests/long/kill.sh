#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two hundred kills at random moments (a sample runs with the end-to-end tests).
set -eu
export CLAUSTRUM_KILL_ROUNDS=${CLAUSTRUM_KILL_ROUNDS:-200} CLAUSTRUM_SEED=${CLAUSTRUM_SEED:-$RANDOM}
echo "seed $CLAUSTRUM_SEED"
exec python3 "$CLAUSTRUM_ROOT/tests/e2e/kill.py"
