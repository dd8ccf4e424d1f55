#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every header alone, so that none leans on what its user happened to include (the
precompiled headers would hide it). Verdicts are remembered by the digest of all text involved."""
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys

CACHE = os.path.join("build", "check", "headers.json")
FLAGS = ["-std=c++20", "-fsyntax-only", "-Isrc", "-Iinclude", "-Wall", "-Wextra", "-Werror",
         "-D_GLIBCXX_ASSERTIONS", '-DCLAUSTRUM_SOURCE_DIR=""', '-DCLAUSTRUM_BINARY_DIR=""',
         "-x", "c++"]
INCLUDE = re.compile(r'^\s*#\s*include\s+"(claustrum/[^"]+)"', re.M)


def headers():
    for top in ("src", "include"):
        for directory, _, names in os.walk(top):
            yield from (os.path.join(directory, n) for n in sorted(names) if n.endswith(".h"))


class Digests:
    """Digest of a header together with all project headers it reaches."""

    def __init__(self):
        self.reached = {}

    def reach(self, path):
        if path not in self.reached:
            self.reached[path] = {path}
            with open(path, encoding="utf-8") as file:
                for name in INCLUDE.findall(file.read()):
                    for top in ("src", "include"):
                        target = os.path.join(top, name)
                        if os.path.isfile(target):
                            self.reached[path] |= self.reach(target)
        return self.reached[path]

    def of(self, path, compiler):
        digest = hashlib.sha256(compiler.encode())
        for name in sorted(self.reach(path)):
            with open(name, "rb") as file:
                digest.update(name.encode() + b"\0" + file.read())
        return digest.hexdigest()


def compile_alone(path):
    done = subprocess.run(["g++", *FLAGS, "-"], input=f'#include "{os.path.abspath(path)}"\n',
                          capture_output=True, text=True)
    return path, done.returncode == 0, done.stderr


def main():
    compiler = subprocess.run(["g++", "--version"], capture_output=True, text=True,
                              check=True).stdout.splitlines()[0] + " ".join(FLAGS)
    try:
        with open(CACHE, encoding="utf-8") as file:
            good = set(json.load(file))
    except (OSError, ValueError):
        good = set()
    digests = Digests()
    wanted = {path: digests.of(path, compiler) for path in headers()}
    stale = [path for path, digest in wanted.items() if digest not in good]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, passed, text in pool.map(compile_alone, stale):
            if passed:
                good.add(wanted[path])
            else:
                failed += 1
                print(f"{path} does not compile alone:\n{text[:1500]}")
    os.makedirs(os.path.dirname(CACHE), exist_ok=True)
    with open(CACHE + ".part", "w", encoding="utf-8") as file:
        json.dump(sorted(good & set(wanted.values())), file)
    os.rename(CACHE + ".part", CACHE)
    print(f"{len(wanted)} headers, {len(stale)} compiled, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
