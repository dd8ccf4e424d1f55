#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every byte of accepted evidence and of its collateral changed in three ways, every prefix cut off
# (a sample runs with the unit tests).
set -euo pipefail
export CLAUSTRUM_LONG=1
ls "$CLAUSTRUM_BUILD"/dev/src/claustrum/evidence/*/*_test |
  xargs -P "$(nproc)" -I{} {} --gtest_brief=1 --gtest_filter='*Sweep.*:*Survives*'
