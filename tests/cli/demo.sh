#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo: a model file that is none is named at once, its name may be odd, and the folder with everybody's keys
# goes however the demo ends.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
[ -x "$CLAUSTRUM_BUILD/claustrum-engine" ] || { echo "claustrum-engine is not built"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "the demo needs root"; exit 77; }
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
mkdir scratch
export TMPDIR=$PWD/scratch
nothing_left() { # waits for what still ends
  for _ in $(seq 100); do [ -z "$(ls -A scratch)" ] && return; sleep 0.1; done
  fail "$1 left $(ls scratch)"
}
tiny=$CLAUSTRUM_ROOT/tests/fixtures/tiny-kjv.gguf
for form in "" --json; do
  refused() { # refused CODE TEXT MODEL
    # shellcheck disable=SC2086
    expect "$1" "demo --model $3 $form" "$CLAUSTRUM" demo --model "$3" $form
    says "demo.model"; says "$2"; says "$3"
    if [ -n "$form" ]; then one_json; says '"error":{'; else no_output; fi
  }
  refused 2 "No such file" /nonexist.gguf
  refused 2 "no regular file" "$PWD/scratch"
  mkfifo pipe.gguf
  refused 2 "no regular file" pipe.gguf
  rm pipe.gguf
  echo "no model" > broken.gguf
  refused 30 "GGUF" broken.gguf
  : > broken.gguf
  refused 30 "GGUF" broken.gguf
done
nothing_left "a refused model"

cp "$tiny" "it's \"an é\" model.gguf"
expect 0 "a model with an odd name" timeout 120 "$CLAUSTRUM" demo --json --ask hi --model "it's \"an é\" model.gguf"; one_json
nothing_left "a demo"

# A reader that leaves, a terminal that closes, a demo that was killed.
timeout 120 "$CLAUSTRUM" demo --model "$tiny" --ask hi 2> err.txt | head -c 20 > /dev/null
[ "${PIPESTATUS[0]}" = 141 ] || fail "a reader that left: exit ${PIPESTATUS[0]}"
nothing_left "a reader that left"
setsid "$CLAUSTRUM" demo --model "$tiny" --ask hi > out.txt 2> err.txt &
demo=$!
for _ in $(seq 100); do grep -q "release step" err.txt && break; sleep 0.1; done
kill -HUP $demo
wait $demo
[ $? = 129 ] || fail "a closed terminal"
nothing_left "a closed terminal"
"$CLAUSTRUM" demo --model "$tiny" --ask hi > out.txt 2> err.txt &
demo=$!
for _ in $(seq 100); do grep -q "release step" err.txt && break; sleep 0.1; done
kill -KILL $demo
wait $demo 2> /dev/null
compgen -G "scratch/claustrum-demo-$demo-*" > /dev/null || fail "the killed demo had no folder"
mkdir "scratch/claustrum-demo-$$-living" scratch/claustrum-demo-other
expect 0 "the next demo" timeout 120 "$CLAUSTRUM" demo --json --model "$tiny" --ask hi
[ "$(ls scratch)" = "$(printf '%s\n' "claustrum-demo-$$-living" claustrum-demo-other | sort)" ] || fail "left: $(ls scratch)"
finish
