#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Added latency of connect -> serve against the engine asked directly, in turns, on one machine. Both
ask for one token (nothing is shaped: no stream), so that what is left is ours: HTTP three times, HPKE
twice, padding, the receipt. Needs root (the engine's isolation) and a release build."""
import glob
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time

ROUNDS = 60
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BODY = json.dumps({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]})


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def timed(connection, headers):
    start = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", BODY,
                       {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status
    return (time.perf_counter() - start) * 1000


def main():
    before = set(glob.glob("/tmp/claustrum-engine-*"))
    demo = subprocess.Popen([os.path.join(root, "build/claustrum"), "demo", "--keep", "--json", "--model",
                             os.path.join(root, "tests/fixtures/tiny-kjv.gguf")],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        kept = json.loads(demo.stdout.readline())["kept"]
        host = kept["openai_base_url"].split("/")[2]
        headers = {"Authorization": "Bearer " + kept["api_key"]}
        (engine,) = set(glob.glob("/tmp/claustrum-engine-*")) - before
        direct, through = [], []
        for _ in range(ROUNDS):
            direct.append(timed(UnixConnection(engine + "/run/engine.sock"), {}))
            through.append(timed(http.client.HTTPConnection(host), headers))
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(30)
    p = lambda values, q: statistics.quantiles(values, n=100)[q - 1]
    print(f"{'':10}{'p50 ms':>10}{'p90 ms':>10}")
    for name, values in (("direct", direct), ("attested", through)):
        print(f"{name:10}{p(values, 50):10.2f}{p(values, 90):10.2f}")
    print(f"added     {p(through, 50) - p(direct, 50):10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
