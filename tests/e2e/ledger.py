#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`ledger show` against a log that tells the truth, and against one that alters what it serves: every
entry, proof and checkpoint is checked before a word of it is shown."""
import http.server
import json
import shutil
import threading
import urllib.error
import urllib.request

import _stage


class Log:
    """Serves recorded answers by path."""

    def __init__(self, answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = answers.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def get(url):
    return urllib.request.urlopen(url, timeout=30).read()


def record(base, size):
    paths = ["/ledger/checkpoint"] + [f"/ledger/{what}?index={i}" for what in ("entry", "proof") for i in range(size)]
    return {path: get(base + path) for path in paths}


def flip(body, at):
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


with _stage.Stage() as stage:
    stage.release()
    stage.put_secrets()
    stage.start_broker()
    base = f"http://127.0.0.1:{stage.broker_port}"
    shown = stage.ledger("--json")
    assert shown.stderr == "" and shown.stdout.count("\n") == 1
    result = json.loads(shown.stdout)
    types = [e["type"] for e in result["entries"]]
    assert types == ["software", "manifest", "policy", "policy", "profile"], result
    assert all(e["included"] for e in result["entries"]) and result["witnesses"] == 0
    assert "unwitnessed" in stage.ledger().stdout
    genuine = record(base, 5)
    with Log(genuine) as log:
        assert stage.ledger("--json", url=log.url).stdout == shown.stdout

    entry, proof, checkpoint = "/ledger/entry?index=2", "/ledger/proof?index=2", "/ledger/checkpoint"
    text = genuine[entry].decode()
    swaps = {
        "an entry with another digest": (entry, genuine[entry].replace(b'"digest":"', b'"digest":"0', 1)),
        "an entry with another word": (entry, text.replace("release", "weekend").encode()),
        "another entry": (entry, genuine["/ledger/entry?index=1"]),
        "an empty entry": (entry, b""),
        "another entry's proof": (proof, genuine["/ledger/proof?index=1"]),
        "no proof": (proof, None),
        "a proof cut short": (proof, genuine[proof][:40]),
        "a checkpoint's size": (checkpoint, genuine[checkpoint].replace(b"\n5\n", b"\n4\n", 1)),
        "a checkpoint's origin": (checkpoint, genuine[checkpoint].replace(_stage.ORIGIN.encode(), b"log.example/xxx", 1)),
        "a checkpoint's signature": (checkpoint, flip(genuine[checkpoint], len(genuine[checkpoint]) - 10)),
        "no checkpoint": (checkpoint, None),
    }
    assert swaps["an entry with another word"][1] != genuine[entry]
    for at in range(0, len(genuine[proof]), 7):
        swaps[f"a bit of the proof, byte {at}"] = (proof, flip(genuine[proof], at))
    for at in range(0, len(genuine[entry]), 29):
        swaps[f"a bit of the entry, byte {at}"] = (entry, flip(genuine[entry], at))
    for what, (path, body) in swaps.items():
        with Log({**genuine, path: body}) as log:
            done = stage.ledger("--json", url=log.url)
            gone = body is None
            assert done.returncode in ((1, 2) if gone else (10, 30)), f"{what}: {done.returncode} {done.stderr}"
            assert done.stdout == "" and done.stderr.startswith("claustrum: "), f"{what}: {done.stdout}"

    # A log that is another one, honest in itself.
    with _stage.Stage() as other:
        other.release()
        other.start_broker()
        assert stage.ledger(url=f"http://127.0.0.1:{other.broker_port}").returncode == 10

    # The log's own manners.
    for path in ("/ledger/entry?index=5", "/ledger/entry?index=-1", "/ledger/entry?index=1x", "/ledger/entry",
                 "/ledger/proof?index=99999999999999999999", "/ledger/"):
        try:
            raise AssertionError(f"{path}: {get(base + path)}")
        except urllib.error.HTTPError as error:
            assert error.code in (400, 404), (path, error.code)

    # Two histories under one key, each honest in itself, shown mixed: every single proof holds.
    kept = stage.path("kept.db")
    stage.stop("broker")
    shutil.copy(stage.path("release/broker.db"), kept)
    forks = []
    for number in (2, 3):
        shutil.copy(kept, stage.path("release/broker.db"))
        stage.release(number=number)
        stage.start_broker()
        forks.append(record(f"http://127.0.0.1:{stage.broker_port}", 10))
        stage.stop("broker")
    last = {path: body for path, body in forks[1].items() if path.endswith("index=9")}
    for served, code in ((forks[0], 0), (forks[1], 0), ({**forks[0], **last}, 10)):
        with Log(served) as log:
            done = stage.ledger(url=log.url)
            assert done.returncode == code, done.stderr
            assert code == 0 or "ledger.root" in done.stderr, done.stderr
    print(f"{len(swaps)} altered logs refused")
