# SPDX-License-Identifier: Apache-2.0
"""A stage for end-to-end tests: release step and services through the real subcommands, in a folder
and on ports of its own, ended by process id."""
import json
import os
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

    def __init__(self, target_port):
        self.target = target_port
        self.up, self.down = bytearray(), bytearray()
        self.sealed_requests = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

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


class Stage:
    def __init__(self, broker_port=None):
        self.folder = tempfile.mkdtemp(prefix="claustrum-e2e-")
        self.children = {}
        self.broker_port = broker_port or free_port()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self.children)[::-1]:
            self.stop(name)
        subprocess.run(["rm", "-rf", self.folder], check=False)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments, expect=0, timeout=60):
        done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=timeout,
                              cwd=self.folder, stdin=subprocess.DEVNULL)
        assert done.returncode == expect, \
            f"{arguments[:2]}: exit {done.returncode}, want {expect}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, name, *arguments, binary=BINARY, ready=True, timeout=30):
        log = open(self.path(name + ".log"), "ab")
        ready_file = self.path(name + ".ready")
        if os.path.exists(ready_file):
            os.remove(ready_file)
        child = subprocess.Popen([binary, *arguments], stdout=log, stderr=log, cwd=self.folder,
                                 stdin=subprocess.DEVNULL)
        self.children[name] = child
        deadline = time.monotonic() + timeout
        while ready and not os.path.exists(ready_file):
            assert child.poll() is None, f"{name} ended with {child.returncode}: {self.log(name)}"
            assert time.monotonic() < deadline, f"{name} is not ready: {self.log(name)}"
            time.sleep(0.02)
        return open(ready_file, encoding="utf-8").read().strip() if ready else None

    def log(self, name):
        return open(self.path(name + ".log"), encoding="utf-8", errors="replace").read()

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

    def release(self, arguments=("--threads", "1", "--context", "512"), number=1):
        root = json.loads(self.run("sim", "authority", "--authority", self.path("amd"), "--rsa-bits",
                                   "2048").stdout)["root"]
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

    def put_secrets(self):
        for name, file in (("default/model-key/1", "model.key"),
                           ("default/service-identity/1", "release/service-identity.pem")):
            self.run("broker", "put", *self.database(), "--name", name, "--secret-file",
                     self.path(file), "--policy", self.path("release/policy-release.toml"))

    def start_broker(self, identity="release/broker-identity.pem"):
        return self.start("broker", "broker", "serve", *self.database(), "--listen",
                          f"http://127.0.0.1:{self.broker_port}", "--identity", self.path(identity),
                          "--ledger-key", self.path("release/ledger.pem"), "--ledger-origin", ORIGIN,
                          "--baseline", self.path("release/policy-baseline.toml"), "--ready-file",
                          self.path("broker.ready"))

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
        done = subprocess.run([BINARY, *self.guest(name="refused", **options)], capture_output=True,
                              text=True, timeout=60, cwd=self.folder, stdin=subprocess.DEVNULL)
        assert done.returncode == 10, f"exit {done.returncode}: {done.stderr}"
        return done.stderr

    def connect_arguments(self, service, profile="release/profile.json", publisher=None):
        return ("connect", "--profile", self.path(profile), "--publisher", publisher or self.publisher,
                "--service", service)

    def start_connect(self, service):
        os.makedirs(self.path("client"), exist_ok=True)
        url = self.start("connect", *self.connect_arguments(service), "--token-file",
                         self.path("client/token"), "--receipts", self.path("client/receipts"),
                         "--state", self.path("client/number"), "--socket", self.path("client/socket"),
                         "--ready-file", self.path("connect.ready"))
        self.token = open(self.path("client/token"), encoding="utf-8").read().strip()
        return url

    def all_up(self):
        self.release()
        self.put_secrets()
        self.start_broker()
        service = self.start_serve()
        self.tap = Tap(int(service.rsplit(":", 1)[1]))
        self.url = self.start_connect(f"http://127.0.0.1:{self.tap.port}")
        return self
