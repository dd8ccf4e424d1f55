#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Enforces src/claustrum/LAYERS: which folder may include which, and which may see which library."""
import os
import re
import sys

ROOT = os.path.join("src", "claustrum")
TESTS_OF = "tests of "
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
# A third-party header may be included only by these files.
LIBRARIES = {
    r"openssl/": r"crypto/|net/tls",
    r"boost/": r"net/http[a-z_]*\.cpp$",
    r"toml\+\+|toml\.h": r"codec/toml\.cpp$",
    r"sqlite3": r"store/",
    r"(intel-)?ipsec-mb\.h": r"crypto/|sealed/bulk_ipsec_mb\.cpp$",
    r"CLI/": r"app/",
    r"(llama|ggml|gguf)": r"engine/llm\.cpp$",
    r"(gtest|gmock)/": r"(_test\.cpp|test_[a-z_]+\.(h|cpp))$|tests/",
    r"benchmark/": r"^bench/",
}


def read_layers():
    """Folder -> folders it may include; the folders in order; folder -> more for its tests."""
    allowed, order, tests = {}, [], {}
    with open(os.path.join(ROOT, "LAYERS"), encoding="utf-8") as lines:
        for line in lines:
            line = line.split("#")[0].strip()
            if not line:
                continue
            folder, _, limit = line.partition(":")
            folder = folder.strip()
            if folder.startswith(TESTS_OF):
                folder = folder[len(TESTS_OF):]
                tests[folder] = set(limit.split())
                for name in (tests[folder] | {folder}) - set(order):
                    sys.exit(f"LAYERS: {TESTS_OF}{folder} names {name}, which is not above it")
                continue
            allowed[folder] = set(limit.split()) if limit else set(order)
            for name in allowed[folder] - set(order):
                sys.exit(f"LAYERS: {folder} names {name}, which is not above it")
            allowed[folder].add(folder)
            order.append(folder)
    return allowed, order, tests


def faults_of(path, allowed, order, tests):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    inside = path.startswith(ROOT)
    folder = os.path.relpath(os.path.dirname(path), ROOT) if inside else None
    if inside and folder not in allowed:
        yield f"{path}: folder {folder} is not in LAYERS"
        return
    below_simulator = set(order[: order.index("simulator") + 1]) if "simulator" in order else set()
    is_test = re.search(r"(_test\.cpp|test_[a-z_]+\.(h|cpp))$", path)
    may = (allowed[folder] | (below_simulator | tests.get(folder, set()) if is_test else set())) \
        if inside else set()
    for quote, name in INCLUDE.findall(text):
        if name.startswith("claustrum/"):
            target = os.path.dirname(name[len("claustrum/"):])
            if quote == "<":
                yield f"{path}: {name} is ours, so it is included with quotes"
            if inside and target not in may:
                yield f"{path}: {folder} may not include {name} (LAYERS)"
            continue
        if quote == '"' and inside:
            yield f'{path}: "{name}" must be written from the root of src'
        for library, users in LIBRARIES.items():
            where = os.path.relpath(path, ROOT) if inside else path
            if re.match(library, name) and not re.search(users, where):
                yield f"{path}: <{name}> is not for this file (tools/check_layers.py says whose it is)"


def main():
    allowed, order, tests = read_layers()
    faults = []
    for top in (ROOT, "fuzz", "bench", "include"):
        for directory, _, names in os.walk(top):
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    faults += faults_of(os.path.join(directory, name), allowed, order, tests)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
