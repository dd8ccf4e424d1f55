#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unplug each trust step in turn: it stops there, says what failed, and nothing is sent to the service."""
import http.server
import json
import os
import shutil
import subprocess
import threading
import urllib.request

import _stage

_stage.need_root()
checked = []


def refused(what, text, *expected):
    for part in expected:
        assert part in text, f"{what}: {part!r} is not in:\n{text}"
    checked.append(what)


class Host:
    """A hostile host: answers every request with one body."""

    def __init__(self, body):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                requests.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def check(stage, service, **options):
    """`connect --check`: the failed factor of a refusal."""
    done = stage.run(*stage.connect_arguments(service, **options), "--check", "--json", expect=10)
    verdict = json.loads(done.stdout)
    failed = [f for f in verdict["factors"] if f["status"] == "fail"]
    assert verdict["verdict"] == "refused" and failed, verdict
    assert "nothing was sent" in done.stderr, done.stderr
    for factor in failed:
        assert factor["reason"] and factor["expected"], factor
    return " ".join(f"{f['id']} {f['reason']}" for f in failed)


def document(service):
    request = urllib.request.Request(
        service + "/claustrum/evidence", method="POST",
        data=json.dumps({"version": 1, "nonce": "A" * 43 + "="}).encode())
    return json.load(urllib.request.urlopen(request, timeout=30))


def append_byte(source, target, byte=b"\1"):
    shutil.copy(source, target)
    with open(target, "ab") as file:
        file.write(byte)


def altered_text(stage, source, target, old, new):
    text = open(stage.path(source), encoding="utf-8").read()
    assert old in text
    with open(stage.path(target), "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))


with _stage.Stage() as stage:
    stage.release()
    stage.put_secrets()
    stage.start_broker()

    # At launch and at the broker.
    append_byte(_stage.BINARY, stage.path("altered"))
    refused("wrong measurement", stage.refused_guest(workload=stage.path("altered")),
            "policy_denied measurement policy.measurement", "audit ")
    altered_text(stage, "release/init-data.toml", "other-init-data.toml", '"512"', '"513"')
    refused("init-data on disk is not the launched one",
            stage.refused_guest(given="other-init-data.toml"), "launch.init_data_mismatch", "digest is",
            "start the guest with this init-data")
    refused("changed engine argv", stage.refused_guest(launch="other-init-data.toml", given="other-init-data.toml"),
            "policy_denied init-data")
    refused("debug bit", stage.refused_guest(flags=["--debug"]), "policy_denied debug policy.debug")
    refused("expired VCEK", stage.refused_guest(flags=["--expired-vcek"]), "policy_denied validity", "expired")
    refused("revoked ASK", stage.refused_guest(flags=["--revoked"]), "policy_denied revocation", "revoked")
    refused("unknown root", stage.refused_guest(authority="other-amd"), "policy_denied root")

    # The pinned broker, the sealed model, the engine.
    stage.stop("broker")
    stage.run("profile", "make", "--config", stage.path("release.toml"), "--out", stage.path("stranger"))
    stage.start_broker(identity="stranger/broker-identity.pem")
    refused("a broker that is not the pinned one", stage.refused_guest(), "kbs.broker_identity",
            "not the one pinned in init-data")
    stage.stop("broker")
    stage.start_broker()
    other_model = stage.path("other-model.gguf")
    append_byte(_stage.MODEL, other_model)
    os.makedirs(stage.path("other-source"))
    shutil.move(other_model, stage.path("other-source/" + os.path.basename(_stage.MODEL)))
    stage.run("seal", stage.path("other-source/" + os.path.basename(_stage.MODEL)), "--out",
              stage.path("resealed"), "--key-file", stage.path("model.key"), "--model", "tiny")
    refused("a resealed model under the same key", stage.refused_guest(sealed="resealed"),
            "sealed.manifest.digest")
    shutil.copytree(stage.path("sealed"), stage.path("swapped"))
    for name in os.listdir(stage.path("resealed")):
        if name != "manifest.json":
            shutil.copy(stage.path("resealed/" + name), stage.path("swapped/" + name))
    refused("other ciphertext under the same manifest", stage.refused_guest(sealed="swapped"), "sealed.")
    append_byte(os.path.join(_stage.BUILD, "claustrum-engine"), stage.path("engine"))
    refused("altered engine", stage.refused_guest(engine=stage.path("engine")), "engine.digest",
            "claustrum-engine")
    shutil.copytree(os.path.join(_stage.BUILD, "engine/lib"), stage.path("lib"))
    append_byte(stage.path("lib/libggml-base.so"), stage.path("lib/libggml-base.so2"))
    os.replace(stage.path("lib/libggml-base.so2"), stage.path("lib/libggml-base.so"))
    refused("altered engine library", stage.refused_guest(libraries=stage.path("lib")), "engine.digest",
            "libggml-base.so")

    # At the client.
    service = stage.start_serve()
    stage.run(*stage.connect_arguments(service), "--check", "--json")  # the honest service passes
    genuine = document(service)
    refused("stale nonce", check(stage, Host(json.dumps(genuine).encode()).url), "document.")
    # A host swaps the keys for some of its own: signed by an identity of its own, or merely other bytes.
    for section in ("keys", "init-data", "model", "software"):
        swapped = dict(genuine)
        swapped[section] = genuine["model" if section != "model" else "keys"]
        host = Host(json.dumps(swapped).encode())
        refused(f"altered {section}", check(stage, host.url), section if section != "init-data" else "init-data")
        assert host.requests == ["/claustrum/evidence"], host.requests
    stage.stop("serve")
    proofs = json.load(open(stage.path("release/proofs.json"), encoding="utf-8"))
    lines = proofs["software"].split("\n")
    lines[2] = lines[2][:-2] + ("A=" if lines[2][-2] != "A" else "Q=")
    lines[2] = "A" + lines[2][1:] if lines[2][0] != "A" else "B" + lines[2][1:]
    json.dump({"software": "\n".join(lines)}, open(stage.path("bad-proofs.json"), "w", encoding="utf-8"))
    service = stage.start_serve(proofs="bad-proofs.json")
    refused("altered ledger proof", check(stage, service), "ledger-inclusion")
    stage.stop("serve")
    service = stage.start_serve()
    wrong = stage.run(*stage.connect_arguments(service, publisher="00" * 32), "--check", expect=10)
    refused("a profile of another publisher", wrong.stderr, "profile.publisher")
    state = ("--state", stage.path("number"))
    with open(stage.path("number"), "w", encoding="ascii") as file:
        file.write("7\n")
    older = stage.run(*stage.connect_arguments(service), *state, "--check", expect=10)
    refused("an older profile than seen", older.stderr, "profile.number")
    nonce = "00" * 32
    late = stage.run("verify", "--document", stage.path("genuine.json"), "--profile",
                     stage.path("release/profile.json"), "--publisher", stage.publisher, "--nonce", nonce,
                     "--at", "2040-01-01T00:00:00Z", "--json",
                     expect=10) if json.dump(genuine, open(stage.path("genuine.json"), "w", encoding="utf-8")) is None else None
    refused("an expired profile", late.stdout, "profile.expired")
    public = stage.run(*stage.connect_arguments(service), "--listen", "http://0.0.0.0:0", "--token-file",
                       stage.path("t"), expect=10)
    refused("a local endpoint for everybody", public.stderr, "connect.listen")
print(f"{len(checked)} steps: " + ", ".join(checked))
