# SPDX-License-Identifier: Apache-2.0
"""A stage for end-to-end tests: release step and services through the real subcommands, in a folder
and on ports of its own, ended by process id."""
import base64
import glob
import http.client
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.environ.get("CLAUSTRUM_ROOT") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CLAUSTRUM_BUILD") or os.path.join(ROOT, "build")
BINARY = os.environ.get("CLAUSTRUM") or os.path.join(BUILD, "claustrum")
MODEL = os.path.join(ROOT, "tests/fixtures/tiny-kjv.gguf")
ORIGIN = "log.example/e2e"


def need_root():
    if os.geteuid() != 0:
        print("the engine's isolation needs root")
        sys.exit(77)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Tap:
    """Forwards a loopback port and keeps every byte, as the operator could."""

    def __init__(self, target_port, port=0):
        self.target = target_port
        self.up, self.down = bytearray(), bytearray()
        self.server = socket.create_server(("127.0.0.1", port))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        try:  # wakes the thread in accept
            self.server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.server.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            try:
                upstream = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            for pair in ((client, upstream, self.up), (upstream, client, self.down)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    @staticmethod
    def _pump(source, sink, kept):
        try:
            while data := source.recv(65536):
                kept += data
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def sealed(self):
        return bytes(self.up).count(b"POST /claustrum/ohttp")


class Host:
    """A hostile host between connect and serve: `edit(path, status, body)` changes what serve answered.
    Without a service, edit gets no body and makes everything up. `requests` lists what reached it."""

    def __init__(self, service=None, edit=lambda path, status, body: (status, body)):
        self.service, self.edit = service, edit
        self.requests, self.bodies = [], []
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                host.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.requests.append(handler.path)
        self.bodies.append(body)
        status, answer, kind = 200, b"", "application/json"
        if self.service is not None:
            status, answer, kind = self.forward(handler, body)
        status, answer = self.edit(handler.path, status, answer)
        handler.send_response(status)
        handler.send_header("Content-Type", kind if status == 200 else "application/problem+json")
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def forward(self, handler, body):
        connection = http.client.HTTPConnection(self.service.split("/")[2], timeout=60)
        connection.request("POST", handler.path, body, {"Content-Type": handler.headers["Content-Type"]})
        response = connection.getresponse()
        out = response.status, response.read(), response.headers["Content-Type"]
        connection.close()
        return out

    def sealed(self):
        return self.requests.count("/claustrum/ohttp")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def document(service, nonce=None):
    """A genuine evidence document for this nonce, as anybody may ask for it."""
    nonce = nonce or os.urandom(32)
    host = http.client.HTTPConnection(service.split("/")[2], timeout=30)
    host.request("POST", "/claustrum/evidence", json.dumps(
        {"version": 1, "nonce": base64.b64encode(nonce).decode()}), {"Content-Type": "application/json"})
    response = host.getresponse()
    assert response.status == 200, response.status
    return json.load(response)


def children(pid):
    return [int(child) for task in glob.glob(f"/proc/{pid}/task/*/children")
            for child in open(task, encoding="ascii").read().split()]


def descendants(pid):
    out = [pid]
    for child in children(pid):
        out += descendants(child)
    return out


def gone(pid, seconds=5):
    """Whether the process ends in time; one that only waits to be reaped has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(") ", 1)[1][0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


class Stage:
    def __init__(self, broker_port=None):
        self.folder = tempfile.mkdtemp(prefix="e2e-")  # short: a Unix socket's path has 107 bytes
        os.mkdir(self.path("tmp"))
        self.environment = dict(os.environ, TMPDIR=self.path("tmp"))
        self.children = {}
        self.broker_port = broker_port or free_port()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self.children)[::-1]:
            self.stop(name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def path(self, name):
        return os.path.join(self.folder, name)

    def attempt(self, *arguments, timeout=60):
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=timeout,
                              cwd=self.folder, stdin=subprocess.DEVNULL, env=self.environment)

    def run(self, *arguments, expect=0, timeout=60):
        done = self.attempt(*arguments, timeout=timeout)
        assert done.returncode == expect, \
            f"{arguments[:2]}: exit {done.returncode}, want {expect}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, name, *arguments, binary=BINARY, ready=True, timeout=30):
        ready_file = self.path(name + ".ready")
        if os.path.exists(ready_file):
            os.remove(ready_file)
        with open(self.path(name + ".log"), "ab") as log:
            child = subprocess.Popen([binary, *arguments], stdout=log, stderr=log, cwd=self.folder,
                                     stdin=subprocess.DEVNULL, env=self.environment)
        self.children[name] = child
        deadline = time.monotonic() + timeout
        while ready and not os.path.exists(ready_file):
            assert child.poll() is None, f"{name} ended with {child.returncode}: {self.log(name)}"
            assert time.monotonic() < deadline, f"{name} is not ready: {self.log(name)}"
            time.sleep(0.02)
        return self.read(name + ".ready").strip() if ready else None

    def log(self, name):
        with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def engine_folders(self):
        return glob.glob(self.path("tmp/claustrum-engine-*"))

    def stop(self, name, how=signal.SIGTERM):
        child = self.children.pop(name, None)
        if child is not None and child.poll() is None:
            child.send_signal(how)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    # The steps of docs/tutorial.md.

    def authority(self, name):
        """The root of a simulated AMD; made where there is none yet."""
        return json.loads(self.run("sim", "authority", "--authority", self.path(name), "--rsa-bits",
                                   "2048").stdout)["root"]

    def release(self, arguments=("--threads", "1", "--context", "512"), number=1):
        root = self.authority("amd")
        if not os.path.exists(self.path("sealed")):
            self.run("seal", MODEL, "--out", self.path("sealed"), "--key-file", self.path("model.key"),
                     "--model", "tiny")
        config = {
            "service": "e2e", "publisher": "End to end", "number": number, "valid-days": 5,
            "workload": BINARY, "engine": os.path.join(BUILD, "claustrum-engine"),
            "libraries": os.path.join(BUILD, "engine/lib"), "engine-arguments": list(arguments),
            "sealed-model": self.path("sealed"), "model-file": os.path.basename(MODEL),
            "model-name": "tiny", "broker-url": f"http://127.0.0.1:{self.broker_port}",
            "simulated-root": root, "ledger-origin": ORIGIN}
        with open(self.path("release.toml"), "w", encoding="utf-8") as file:
            for key, value in config.items():
                file.write(f"{key} = {json.dumps(value)}\n")
        made = json.loads(self.run("profile", "make", "--config", self.path("release.toml"), "--out",
                                   self.path("release")).stdout)
        self.publisher = made["publisher"]
        return made

    def database(self):
        return ("--database", self.path("release/broker.db"), "--master-key",
                self.path("release/broker-master.key"))

    def put_secrets(self, model="model.key", identity="release/service-identity.pem",
                    policy="release/policy-release.toml"):
        for name, file in (("default/model-key/1", model), ("default/service-identity/1", identity)):
            self.run("broker", "put", *self.database(), "--name", name, "--secret-file",
                     self.path(file), "--policy", self.path(policy))

    def start_broker(self, identity="release/broker-identity.pem", port=None,
                     baseline="release/policy-baseline.toml"):
        return self.start("broker", "broker", "serve", *self.database(), "--listen",
                          f"http://127.0.0.1:{port or self.broker_port}", "--identity",
                          self.path(identity), "--ledger-key", self.path("release/ledger.pem"),
                          "--ledger-origin", ORIGIN, "--baseline", self.path(baseline),
                          "--ready-file", self.path("broker.ready"))

    def ledger(self, *flags, url=None):
        """`ledger show` of the broker's log with the key that init-data names."""
        key = next(line for line in self.read("release/init-data.toml").splitlines()
                   if line.startswith("keys = ")).split('"')[1]
        return self.attempt("ledger", "show", "--url", url or f"http://127.0.0.1:{self.broker_port}",
                            "--key", key, "--origin", ORIGIN, *flags)

    def guest(self, name="serve", workload=BINARY, launch="release/init-data.toml",
              given="release/init-data.toml", sealed="sealed", engine=None, libraries=None,
              proofs="release/proofs.json", authority="amd", flags=()):
        return ("sim", "run", "--authority", self.path(authority), "--rsa-bits", "2048", "--init-data",
                self.path(launch), *flags, "--", workload, "serve", "--init-data", self.path(given),
                "--sealed", self.path(sealed), "--engine", engine or os.path.join(BUILD, "claustrum-engine"),
                "--libraries", libraries or os.path.join(BUILD, "engine/lib"), "--software",
                self.path("release/software.json"), "--proofs", self.path(proofs), "--ready-file",
                self.path(name + ".ready"))

    def start_serve(self, **options):
        self.service = self.start("serve", *self.guest(**options))
        return self.service

    def refused_guest(self, **options):
        """Runs a guest that must end refused; its standard error."""
        return self.run(*self.guest(name="refused", **options), expect=10).stderr

    def connect_arguments(self, service, profile="release/profile.json", publisher=None):
        return ("connect", "--profile", self.path(profile), "--publisher", publisher or self.publisher,
                "--service", service)

    def start_connect(self, service):
        os.makedirs(self.path("client"), exist_ok=True)
        url = self.start("connect", *self.connect_arguments(service), "--token-file",
                         self.path("client/token"), "--receipts", self.path("client/receipts"),
                         "--state", self.path("client/number"), "--socket", self.path("client/socket"),
                         "--ready-file", self.path("connect.ready"))
        self.token = self.read("client/token").strip()
        return url

    def chat(self, prompt, seconds=60, **members):
        """Sends a chat request to connect; the open response."""
        connection = http.client.HTTPConnection(self.url.split("/")[2], timeout=seconds)
        body = {"model": "tiny", "messages": [{"role": "user", "content": prompt}], **members}
        connection.request("POST", "/v1/chat/completions", json.dumps(body),
                           {"Content-Type": "application/json", "Authorization": "Bearer " + self.token})
        return connection.getresponse()

    def all_up(self):
        self.release()
        self.put_secrets()
        self.start_broker()
        return self.all_up_from_serve()

    def all_up_from_serve(self):
        service = self.start_serve()
        self.tap = Tap(int(service.rsplit(":", 1)[1]))
        self.url = self.start_connect(f"http://127.0.0.1:{self.tap.port}")
        return self
