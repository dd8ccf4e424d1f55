#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""File rules: licence line, length, words that have no place in the tree, unique guard names, a test
beside each source of a verifier."""
import collections
import os
import re
import subprocess
import sys

MAX_LINES = 600
LICENCE = "SPDX-License-Identifier: Apache-2.0"
CODE = (".h", ".cpp", ".py", ".sh", ".cmake", ".mjs", "CMakeLists.txt", "/dev", ".ci/run")
# Long because they are tables; everything else is split.
LONG_FILES = set()
# Joined here, so that this file passes its own check.
WORDS = {
    "sub" + "agent|helper " + "session": "the tree is about the product",
    "/wo" + "rk/": "a path of one machine",
    r"https?://(registry|files|deb|proxy|index|static|repo\d?)\.": "name the package, not its host",
}
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + r"ME)\b")


def tracked():
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], check=True,
                           capture_output=True, text=True).stdout
    return [n for n in names.split("\0") if n and os.path.isfile(n)]


def faults_of(path, text):
    lines = text.splitlines()
    if ("/" + path).endswith(CODE):
        if not any(LICENCE in line for line in lines[:3]):
            yield f"{path}: no licence line at the top"
        if len(lines) > MAX_LINES and path not in LONG_FILES:
            yield f"{path}: {len(lines)} lines, {MAX_LINES} is the limit"
        if UNFINISHED.search(text):
            yield f"{path}: {UNFINISHED.search(text).group()} found: finish it or file it"
    for number, line in enumerate(lines, 1):
        for word, why in WORDS.items():
            if re.search(word, line):
                yield f"{path}:{number}: /{word}/ found: {why}"


def duplicate_guards(texts):
    seen = collections.defaultdict(list)
    for path, text in texts.items():
        if path.startswith("src/") and not path.endswith(("_test.cpp", "base/guard.h")):
            for name in re.findall(r'CLAUSTRUM_GUARD(?:_STATUS)?\(\s*"([^"]+)"', text):
                seen[name].append(path)
    for name, paths in sorted(seen.items()):
        if len(paths) > 1:
            yield f"guard {name} is used {len(paths)} times: {', '.join(paths)}"


def main():
    texts, faults = {}, []
    for path in tracked():
        with open(path, "rb") as file:
            data = file.read()
        if b"\0" in data or path.startswith(("fuzz/corpus/", "tests/fixtures/")):
            continue
        texts[path] = data.decode("utf-8", "replace")
        faults += faults_of(path, texts[path])
    faults += duplicate_guards(texts)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
