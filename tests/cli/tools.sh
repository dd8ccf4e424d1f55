#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The checkers notice what they are there for: each is run on a small tree with one planted fault.
set -euo pipefail
tools=$CLAUSTRUM_ROOT/tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; exit 1; }
licence='// SPDX-License-Identifier: Apache-2.0'

fresh_tree() {
  rm -rf "$work/tree"
  mkdir -p "$work/tree/src/claustrum/"{base,crypto,policy,store}
  cd "$work/tree"
  printf 'base\ncrypto\npolicy: base\nstore: base\ntests of store: crypto\n' >src/claustrum/LAYERS
  printf '%s\n#pragma once\n#include <string>\n' "$licence" >src/claustrum/base/a.h
  printf '%s\n#include "claustrum/base/a.h"\n' "$licence" >src/claustrum/policy/p.cpp
  printf '%s\n#include "claustrum/crypto/c.h"\n' "$licence" >src/claustrum/store/s_test.cpp
  git init -q .
}
# finds WHAT CHECKER FILE LINE...: the checker passes before and fails after FILE gets the lines.
finds() {
  local what=$1 checker=$2 file=$3
  fresh_tree
  python3 "$tools/$checker" >out 2>&1 || { cat out; fail "$checker on a good tree"; }
  shift 3
  printf '%s\n' "$@" >>"$file"
  if python3 "$tools/$checker" >out 2>&1; then fail "$checker does not see $what"; fi
  grep -q "$(basename "$file")\|guard" out || { cat out; fail "$checker does not name the place"; }
}

finds "an include upwards" check_layers.py src/claustrum/base/a.h '#include "claustrum/policy/p.h"'
finds "an include beside" check_layers.py src/claustrum/policy/p.cpp '#include "claustrum/crypto/c.h"'
finds "what only tests may include" check_layers.py src/claustrum/store/s.cpp \
  "$licence" '#include "claustrum/crypto/c.h"'
finds "more than its tests may include" check_layers.py src/claustrum/store/s_test.cpp \
  '#include "claustrum/policy/p.h"'
finds "OpenSSL outside crypto" check_layers.py src/claustrum/policy/p.cpp '#include <openssl/evp.h>'
finds "a relative include" check_layers.py src/claustrum/policy/p.cpp '#include "p.h"'
finds "a missing licence" check_source.py src/claustrum/policy/q.cpp 'int q;'
finds "a long file" check_source.py src/claustrum/policy/p.cpp "$(seq 600)"
finds "unfinished work" check_source.py src/claustrum/policy/p.cpp "// TO""DO later"
finds "a doubled guard" check_source.py src/claustrum/policy/p.cpp \
  'CLAUSTRUM_GUARD("policy.x", 1)' 'CLAUSTRUM_GUARD("policy.x", 1)'
finds "a header that leans on its user" check_headers.py src/claustrum/base/a.h \
  'inline std::vector<int> numbers();'

# The script runner: one of each kind.
mkdir -p "$work/run/s"
cd "$work/run"
echo 'exit 0' >s/a.sh
echo 'echo because; exit 77' >s/b.sh
echo 'echo detail; exit 3' >s/c.sh
echo 'sleep 60' >s/d.sh
echo 'exit 1' >s/_part.sh
if python3 "$tools/run_scripts.py" --timeout 1 --report r.json s >out; then fail "failures ignored"; fi
tail -1 out | grep -qx '1 passed, 2 failed, 1 skipped' || { cat out; fail "counts"; }
grep -q 'detail' out || fail "the output of a failed script is not shown"
grep -q 'because' out || fail "the reason of a skip is not shown"

# The report: crashed programs leave no report, and still the closing line says failed.
mkdir x
printf '<testsuites><testsuite><testcase name="a" status="run" result="completed"/>%s%s</testsuite></testsuites>' \
  '<testcase name="b" status="run" result="skipped"><skipped message="at f:1&#x0A;no real evidence here"/></testcase>' \
  '<testcase name="c" status="run" result="completed"><failure message="m"/></testcase>' >x/t.xml
if python3 "$tools/test_report.py" x --scripts r.json --closing >out; then fail "failure ignored"; fi
grep -qx 'real-evidence cases skipped: 1' out || { cat out; fail "skips are not counted"; }
tail -1 out | grep -qx '2 passed, 3 failed, 2 skipped' || { cat out; fail "totals"; }
rm x/t.xml
if python3 "$tools/test_report.py" x --closing --broken 1 >out; then fail "a crash is ignored"; fi
tail -1 out | grep -qx '0 passed, 1 failed, 0 skipped' || { cat out; fail "a crash is not counted"; }
echo ok
