#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# claustrum-engine alone: arguments, readiness, answers, streams, refusals, a client that leaves, and
# that nothing it writes or shows carries content.
set -euo pipefail
engine=$CLAUSTRUM_BUILD/claustrum-engine
[ -x "$engine" ] || { echo "claustrum-engine is not built (llama libraries not fetched)"; exit 77; }
work=$(mktemp -d)
socket=$work/e.sock
fail() { echo "FAILED: $*"; exit 1; }
expect() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }
status_of() { set +e; "$@" >"$work/out" 2>"$work/err"; local code=$?; set -e; echo "$code"; }
ask() { curl -sS --max-time 60 --unix-socket "$socket" "$@"; }
post() { ask -H 'Content-Type: application/json' -d "$2" "http://engine$1"; }
code_of() { ask -o "$work/body" -w '%{http_code}' "$@"; }

# Arguments.
expect "no arguments" 2 "$(status_of "$engine")"
expect "help" 0 "$(status_of "$engine" --help)"
expect "bad number" 2 "$(status_of "$engine" --model m --socket s --backends b --threads x)"
expect "parallel" 2 "$(status_of "$engine" --model m --socket s --backends b --parallel 2)"
backends=$CLAUSTRUM_BUILD/engine/lib
printf 'GGUF\003\000\000\000garbage' >"$work/broken.gguf"
expect "broken model" 1 \
  "$(status_of "$engine" --model "$work/broken.gguf" --socket "$socket" --backends "$backends")"
grep -q '"engine.model"' "$work/err" || fail "broken model: the reason is not in the log"
expect "no backends" 1 "$(status_of "$engine" --model "$work/broken.gguf" --socket "$socket" \
  --backends "$work")"

# Weights through an inherited descriptor of a file that has no name any more.
cp "$CLAUSTRUM_ROOT/tests/fixtures/tiny-kjv.gguf" "$work/weights"
exec 7<"$work/weights"
rm "$work/weights"
"$engine" --model /proc/self/fd/7 --socket "$socket" --backends "$backends" --threads 1 \
  --context 512 --model-name tiny >"$work/log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -S "$socket" ] && break; kill -0 $pid || fail "it ended"; sleep 0.1; done
[ -S "$socket" ] || fail "no socket after 10 s"
expect "socket mode" 600 "$(stat -c %a "$socket")"
expect "health" '{"status":"ok"}' "$(ask http://engine/health)"
ask http://engine/v1/models | grep -q '"id":"tiny"' || fail "models"

# Answers.
canary=canary7f3a91
chat='{"model":"any","messages":[{"role":"user","content":"And '$canary' said"}],"max_tokens":24,"seed":1'
post /v1/chat/completions "$chat}" >"$work/a"
python3 - "$work/a" <<'PYTHON'
import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["object"] == "chat.completion" and answer["model"] == "tiny", answer
choice, = answer["choices"]
assert choice["message"]["role"] == "assistant" and choice["message"]["content"], answer
assert choice["finish_reason"] == "length" and answer["usage"]["completion_tokens"] == 24, answer
PYTHON
# The same seed twice: no state is left of the first.
text() { python3 -c 'import json,sys; print(json.load(sys.stdin)["choices"][0]["message"]["content"])'; }
post /v1/chat/completions '{"messages":[{"role":"user","content":"other"}],"max_tokens":5}' >/dev/null
expect "same seed" "$(text <"$work/a")" "$(post /v1/chat/completions "$chat}" | text)"

# Streams.
post /v1/chat/completions "$chat,\"stream\":true,\"stream_options\":{\"include_usage\":true}}" >"$work/s"
python3 - "$work/s" "$work/a" <<'PYTHON'
import json, sys
events = open(sys.argv[1], encoding="utf-8", newline="").read().split("\n\n")
assert events.pop() == "" and events.pop() == "data: [DONE]", events[-2:]
chunks = [json.loads(e[len("data: "):]) for e in events]
assert all(c["object"] == "chat.completion.chunk" for c in chunks)
assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] == 24
assert chunks[-2]["choices"][0]["finish_reason"] == "length"
text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks[:-1])
whole = json.load(open(sys.argv[2]))["choices"][0]["message"]["content"]
assert text == whole, (text, whole)
PYTHON
post /v1/completions '{"prompt":"In the beginning","max_tokens":5,"temperature":0}' |
  grep -q '"object":"text_completion"' || fail "completions"

# Refusals.
expect "overflow" 400 "$(code_of -d "{\"messages\":[{\"role\":\"user\",\"content\":\"$(printf 'x%.0s' $(seq 600))\"}]}" \
  http://engine/v1/chat/completions)"
grep -q context_length_exceeded "$work/body" || fail "overflow has another code"
expect "not JSON" 400 "$(code_of -d '{' http://engine/v1/chat/completions)"
expect "tools" 400 "$(code_of -d '{"messages":[{"role":"user","content":"q"}],"tools":[{}]}' \
  http://engine/v1/chat/completions)"
for path in /metrics /slots /props /v1/embeddings /; do
  expect "$path" 404 "$(code_of "http://engine$path")"
done

# A client that leaves in mid-stream frees the engine.
curl -sN --max-time 0.2 --unix-socket "$socket" -d '{"prompt":"And","stream":true,"temperature":0}' \
  http://engine/v1/completions >/dev/null || true
expect "after a disconnect" '{"status":"ok"}' "$(ask http://engine/health)"
post /v1/completions '{"prompt":"And","max_tokens":2}' | grep -q text_completion || fail "stuck"

# What the process shows.
grep -q "$canary" "$work/log" && fail "content in the log"
expect "core limit" 0 "$(awk '/Max core file size/ {print $5}' /proc/$pid/limits)"
expect "no new privileges" 1 "$(awk '/^NoNewPrivs/ {print $2}' /proc/$pid/status)"
expect "filter" 2 "$(awk '/^Seccomp:/ {print $2}' /proc/$pid/status)"

kill -TERM $pid
wait $pid || fail "exit $? after SIGTERM"
echo ok
