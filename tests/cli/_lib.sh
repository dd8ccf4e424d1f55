# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts here.
set -uo pipefail
failures=0
# expect CODE NAME COMMAND... : runs, compares the exit code; output in $out, errors in $err.
expect() {
  local code=$1 name=$2 found
  shift 2
  err=$(mktemp)
  out=$("$@" 2>"$err" </dev/null)
  found=$?
  err=$(cat "$err"; rm -f "$err")
  if [ "$found" != "$code" ]; then
    echo "FAIL $name: exit $found, want $code"; echo "$out" | head -5; echo "$err" | head -5
    failures=$((failures + 1))
  fi
}
says() { # says TEXT: in what the last command printed
  case "$out$err" in *"$1"*) ;; *) echo "FAIL: '$1' is not in: $out $err"; failures=$((failures + 1));; esac
}
one_json() { # the last standard output is one JSON object on one line
  if [ "$(printf '%s\n' "$out" | wc -l)" != 1 ] || ! printf '%s' "$out" | python3 -c 'import json,sys; assert isinstance(json.load(sys.stdin), dict)'; then
    echo "FAIL: not exactly one JSON object: $out"; failures=$((failures + 1))
  fi
}
no_output() { [ -z "$out" ] && [ -n "$err" ] || { echo "FAIL: not on standard error alone: $out"; failures=$((failures + 1)); }; }
no_errors() { [ -z "$err" ] || { echo "FAIL: on standard error: $err"; failures=$((failures + 1)); }; }
finish() { [ "$failures" = 0 ] || exit 1; }
