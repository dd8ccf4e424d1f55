#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unplug each trust step in turn, one thing at a time. Each must stop there, with a message that says what
failed, what was expected and what to do, and nothing may be sent to the service."""
import base64
import hashlib
import json
import os
import re
import subprocess
import shutil

import _stage

_stage.need_root()
checked = []


def refused(what, text, *expected):
    for part in expected:
        assert part in text, f"{what}: {part!r} is not in:\n{text}"
    if os.environ.get("CLAUSTRUM_SHOW"):
        print(f"-- {what}\n{text.strip()}\n")
    checked.append(what)


def alter(stage, source, target, old=None, new=None):
    """Copies a file with one text replaced, or with one byte more at its end."""
    shutil.copy(source, stage.path(target))
    if old is None:
        with open(stage.path(target), "ab") as file:
            file.write(b"\1")
    else:
        text = stage.read(target)
        assert old in text, f"{old!r} is not in {source}"
        stage.write(target, text.replace(old, new, 1))
    return target


def at_launch(stage, what, *expected, **options):
    """A guest that must end before it has a key or a port."""
    text = stage.refused_guest(**options)
    refused(what, text, *expected)
    assert "serve.engine_started" not in text and "service.listening" not in text, text
    return text


def at_broker(stage, what, factor, **options):
    """A guest that the broker refuses; the owner can read what was expected and what to do."""
    text = at_launch(stage, what, "kbs.refused", f"policy_denied {factor}", "claustrum broker explain",
                     **options)
    assert "serve.keys_received" not in text, text
    number = re.search(r"\(audit ([0-9a-f]+)", text).group(1)
    command = [_stage.BINARY, "broker", "explain", *stage.database(), number]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if shown.returncode == 2:  # strangers' refusals are written once a minute, and when a broker stops
        assert "when their minute is over" in shown.stderr, shown.stderr
        stage.stop("broker")
        stage.start_broker()
        shown = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert shown.returncode == 0, shown.stderr
    audit = json.loads(shown.stdout)
    assert audit["decision"] == "refusal" and audit["reason"] == factor.split()[1], audit
    failed = [f for f in (audit.get("verdict") or audit["example"])["factors"] if f["status"] == "fail"]
    assert any(f"{f['id']} {f['reason']}" == factor and f["expected"] and f["found"] and f["advice"]
               for f in failed), failed


def at_client(stage, what, service, factor, only=True):
    """connect refuses the service: --check says why, a running connect never opens its endpoint. When
    `only`, this is the one thing that fails."""
    done = stage.run(*stage.connect_arguments(service), "--check", "--json", expect=10)
    verdict = json.loads(done.stdout)
    failed = [f for f in verdict["factors"] if f["status"] == "fail"]
    assert verdict["verdict"] == "refused" and failed, verdict
    for f in failed:
        assert f["reason"] and f["expected"] and f["found"] and f["advice"], f
    names = [f"{f['id']} {f['reason']}" for f in failed]
    assert factor in names and (names == [factor] or not only), f"{what}: {names}"
    assert "nothing was sent" in done.stderr, done.stderr
    started = stage.run(*stage.connect_arguments(service), "--token-file", stage.path("t"), "--ready-file",
                        stage.path("never.ready"), expect=10)
    assert not os.path.exists(stage.path("never.ready"))
    first = next(f for f in failed if f"{f['id']} {f['reason']}" == factor)
    refused(what, started.stderr, "nothing was sent", first["id"], first["reason"])


def launch_steps(stage):
    binary, engine = _stage.BINARY, os.path.join(_stage.BUILD, "claustrum-engine")
    init_data = stage.path("release/init-data.toml")
    at_broker(stage, "wrong measurement", "measurement.measurement policy.measurement",
              workload=stage.path(alter(stage, binary, "altered")))
    alter(stage, init_data, "argv.toml", '"512"', '"513"')
    at_launch(stage, "another init-data than launched with", "launch.init_data_mismatch", "digest is",
              "launched with", "start the guest with this init-data", given="argv.toml")
    for what, old, new in (("changed engine argv", '"512"', '"513"'),
                           ("changed environment", '"C.UTF-8"', '"C.UTF-9"'),
                           ("changed tick", "tick-ms = 50", "tick-ms = 51"),
                           ("one space in init-data", "tick-ms = 50", "tick-ms =  50")):
        alter(stage, init_data, "other.toml", old, new)
        at_broker(stage, what, "init-data policy.init_data", launch="other.toml", given="other.toml")
    at_broker(stage, "debug bit", "debug policy.debug", flags=["--debug"])
    at_broker(stage, "expired VCEK", "validity snp.validity.expired", flags=["--expired-vcek"])
    at_broker(stage, "revoked ASK", "revocation snp.crl.revoked", flags=["--revoked"])
    at_broker(stage, "unknown root", "root snp.root.untrusted", authority="other-amd")

    alter(stage, engine, "engine")
    at_launch(stage, "altered engine", "engine.digest", "claustrum-engine", engine=stage.path("engine"))
    shutil.copytree(os.path.join(_stage.BUILD, "engine/lib"), stage.path("lib"))
    alter(stage, stage.path("lib/libggml-base.so"), "lib/libggml-base.so.new")
    os.replace(stage.path("lib/libggml-base.so.new"), stage.path("lib/libggml-base.so"))
    at_launch(stage, "altered engine library", "engine.digest", "libggml-base.so", libraries=stage.path("lib"))


def model_steps(stage):
    os.makedirs(stage.path("other"))
    other = stage.path(alter(stage, _stage.MODEL, "other/" + os.path.basename(_stage.MODEL)))
    stage.run("seal", other, "--out", stage.path("resealed"), "--key-file", stage.path("model.key"),
              "--model", "tiny")
    at_launch(stage, "a resealed model under the same key", "sealed.manifest.digest", sealed="resealed")
    shutil.copytree(stage.path("sealed"), stage.path("swapped"))
    for name in os.listdir(stage.path("resealed")):
        if name != "manifest.json":
            shutil.copy(stage.path("resealed/" + name), stage.path("swapped/" + name))
    at_launch(stage, "other ciphertext under the same manifest", "sealed.", sealed="swapped")
    shutil.copytree(stage.path("sealed"), stage.path("flipped"))
    with open(stage.path("flipped/0.sealed"), "r+b") as file:
        file.seek(2_000_000)
        byte = file.read(1)[0]
        file.seek(2_000_000)
        file.write(bytes([byte ^ 1]))
    at_launch(stage, "one bit of the sealed model", "sealed.", sealed="flipped")
    with open(stage.path("other.key"), "wb") as file:
        file.write(os.urandom(32))
    stage.put_secrets(model="other.key")
    at_launch(stage, "the wrong model key", "sealed.")
    stage.put_secrets()


def broker_steps(stage):
    stage.stop("broker")
    at_unreachable = stage.run(*stage.guest(name="refused"), expect=1)
    refused("no broker", at_unreachable.stderr, "net.connect", f"127.0.0.1:{stage.broker_port}", "start the broker")
    stage.run("profile", "make", "--config", stage.path("release.toml"), "--out", stage.path("stranger"))
    stage.start_broker(identity="stranger/broker-identity.pem")
    at_launch(stage, "a broker that is not the pinned one", "kbs.broker_identity", "pinned in init-data")
    stage.stop("broker")
    stage.start_broker()


def revoking_list(stage):
    """The revocation list of a machine whose intermediate is revoked, as its refused guest shows it."""
    stage.stop("broker")
    stage.start_broker(port=_stage.free_port())
    port = int(stage.read("broker.ready").rsplit(":", 1)[1])
    tap = _stage.Tap(port, port=stage.broker_port)
    stage.refused_guest(flags=["--revoked"])
    tap.close()
    stage.stop("broker")
    stage.start_broker()
    return re.search(rb'CRL\W+data\W+([A-Za-z0-9+/=]+)', bytes(tap.up)).group(1).decode()


def swapped(service, **sections):
    """A host that passes everything on but some sections of the evidence document."""
    def edit(path, status, body):
        if path != "/claustrum/evidence":
            return status, body
        return status, json.dumps({**json.loads(body), **sections}).encode()
    return _stage.Host(service, edit)


def document_steps(stage):
    service = stage.start_serve()
    stage.run(*stage.connect_arguments(service), "--check", "--json")  # the honest service passes
    genuine = _stage.document(service)
    through = _stage.Host(service)
    stage.run(*stage.connect_arguments(through.url), "--check", "--json")  # an honest host too

    def at_host(what, host, factor, only=True):
        at_client(stage, what, host.url, factor, only)
        assert set(host.requests) == {"/claustrum/evidence"}, host.requests
        host.close()

    at_host("stale nonce", _stage.Host(edit=lambda *_: (200, json.dumps(genuine).encode())),
            "binding document.binding")

    # The right identity signed these keys, and the right authority this report, but for another replica.
    another = _stage.document(stage.start("serve2", *stage.guest(name="serve2")))
    stage.stop("serve2")
    at_host("another replica's keys", swapped(service, keys=another["keys"]), "binding document.binding")
    at_host("another replica's report", swapped(service, cpu=another["cpu"], collateral=another["collateral"]),
            "binding document.binding")
    at_host("another chip's certificate", swapped(service, collateral=another["collateral"]),
            "signature snp.signature.invalid", only=False)

    at_host("revoked ASK at the client",
            swapped(service, collateral={**genuine["collateral"], "crl": revoking_list(stage)}),
            "revocation snp.crl.revoked")

    # A small change of each hashed section; where more than the binding sees it, that is told too.
    def changed(section, old, new):
        raw = base64.b64decode(genuine[section])
        assert old in raw, section
        return swapped(service, **{section: base64.b64encode(raw.replace(old, new, 1)).decode()})

    at_host("other engine arguments", changed("init-data", b'"512"', b'"513"'),
            "init-data-digest init_data.digest", only=False)
    at_host("another model name", changed("model", b'"tiny"', b'"tinz"'), "model document.model", only=False)
    at_host("another version", changed("software", b'"0.1.0"', b'"0.1.1"'), "binding document.binding", only=False)
    keys = base64.b64decode(genuine["keys"])
    bad_signature = base64.b64encode(keys[:-4] + bytes([keys[-4] ^ 1]) + keys[-3:]).decode()
    at_host("a bit of the keys' signature", swapped(service, keys=bad_signature), "keys cose.signature", only=False)
    stage.stop("serve")

    # Signed by an identity key that is not the profile's: the same image, run by somebody else.
    stage.put_secrets(identity="stranger/service-identity.pem")
    service = stage.start_serve()
    at_client(stage, "keys signed by another identity", service, "keys cose.signature")
    stage.stop("serve")
    stage.put_secrets()

    text = json.loads(stage.read("release/proofs.json"))["software"]
    lines = text.split("\n")
    first = next(i for i, line in enumerate(lines) if len(line) == 44)
    lines[first] = ("A" if lines[first][0] != "A" else "B") + lines[first][1:]
    stage.write("bad-proofs.json", json.dumps({"software": "\n".join(lines)}))
    service = stage.start_serve(proofs="bad-proofs.json")
    at_client(stage, "altered ledger proof", service, "ledger-inclusion ledger.inclusion")
    stage.stop("serve")


def careless_broker_steps(stage):
    """A broker that its owner configured too widely releases the keys; the client's own policy still holds."""
    def digest(name):
        with open(stage.path(name), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    alter(stage, stage.path("release/init-data.toml"), "other.toml", '"512"', '"513"')
    rules = {"debug = ": 'debug = { ignore = "careless" }', "measurement = ": 'measurement = { ignore = "careless" }',
             "digest = ": f'digest = {{ one-of = ["{digest("release/init-data.toml")}", "{digest("other.toml")}"] }}'}
    for name in ("release", "baseline"):
        lines = [next((rule for start, rule in rules.items() if line.startswith(start)), line)
                 for line in stage.read(f"release/policy-{name}.toml").splitlines()]
        text = "\n".join(lines) + "\n"
        simulated = text[text.index("[[simulated]]"):]
        other = simulated.replace(simulated.split('"')[1], stage.authority("other-amd"))
        # Version 2 lets nobody ignore the program; who wants to waives it.
        waiver = ('[[waive]]\nfactor = "measurement.measurement"\nreason = "careless"\n'
                  'until = "2099-01-01T00:00:00Z"\n') if name == "release" else ""
        stage.write(f"careless-{name}.toml", text + "\n" + other + waiver)
    stage.put_secrets(policy="careless-release.toml")
    stage.stop("broker")
    stage.start_broker(baseline="careless-baseline.toml")
    for what, factor, only, options in (
            ("wrong measurement", "measurement.measurement policy.measurement", False, {"workload": stage.path("altered")}),
            ("debug bit", "debug policy.debug", True, {"flags": ["--debug"]}),
            ("changed engine argv", "init-data policy.init_data", True,
             {"launch": "other.toml", "given": "other.toml"}),
            ("unknown root", "root snp.root.untrusted", False, {"authority": "other-amd"})):
        service = stage.start_serve(**options)
        at_client(stage, what + " at the client", service, factor, only)
        stage.stop("serve")


def profile_steps(stage):
    service = stage.start_serve()
    genuine = _stage.document(service)
    stage.write("genuine.json", json.dumps(genuine))
    wrong = stage.run(*stage.connect_arguments(service, publisher="00" * 32), "--check", expect=10)
    advice = ("nothing was sent", "expected a profile of publisher", "get the newest from them")
    refused("a profile of another publisher", wrong.stderr, "profile.publisher", "00" * 32, *advice)
    profile = json.loads(stage.read("release/profile.json"))
    for member in ("payload", "signature"):
        text = profile[member]
        at = len(text) // 2
        bad = {**profile, member: text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:]}
        stage.write("bad-profile.json", json.dumps(bad))
        done = stage.run(*stage.connect_arguments(service, profile="bad-profile.json"), "--check",
                         expect=30 if member == "payload" else 10)
        refused(f"an altered profile {member}", done.stderr, stage.publisher, *advice)
    stage.write("number", "7\n")
    older = stage.run(*stage.connect_arguments(service), "--state", stage.path("number"), "--check", expect=10)
    refused("an older profile than seen", older.stderr, "profile.number", *advice)
    assert stage.read("number") == "7\n"
    late = stage.run("verify", "--document", stage.path("genuine.json"), "--profile",
                     stage.path("release/profile.json"), "--publisher", stage.publisher, "--nonce", "00" * 32,
                     "--at", "2040-01-01T00:00:00Z", "--json", expect=10)
    refused("an expired profile", late.stdout, "profile.expired")
    public = stage.run(*stage.connect_arguments(service), "--listen", "http://0.0.0.0:0", "--token-file",
                       stage.path("t"), expect=10)
    refused("a local endpoint for everybody", public.stderr, "connect.listen", "loopback")
    stage.stop("serve")
    nobody = stage.run(*stage.connect_arguments(service), "--check", "--json", expect=1)
    assert json.loads(nobody.stdout)["verdict"] == "unavailable" and nobody.stdout.count("\n") == 1
    refused("no service", nobody.stdout, "net.connect")


def later_step(stage):
    """The host turns hostile after connect has verified it: the hint that the key is gone leads to a new
    verification, which fails; the one sealed request was for the verified key, and no other leaves."""
    service = stage.start_serve()
    hostile = []

    def edit(path, status, body):
        if not hostile:
            return status, body
        if path == "/claustrum/ohttp":
            return 400, b"{}"
        return 200, json.dumps(hostile[0]).encode()

    host = _stage.Host(service, edit)
    stage.url = stage.start_connect(host.url)
    assert stage.chat("hello", max_tokens=4).status == 200
    hostile.append(_stage.document(service))
    before = host.sealed()
    for attempt in range(3):
        response = stage.chat("my secret", max_tokens=4)
        error = json.load(response)["error"]
        assert response.status == 502 and error["code"] == "service.refused", error
        assert ("nothing was sent" if attempt else "sent") in error["message"] and "binding" in error["message"], error
        assert host.sealed() == before + 1, (attempt, host.requests)
    checked.append("a host that turns hostile")
    stage.stop("connect")
    stage.stop("serve")


def environment_step(stage):
    """A variable of the host's (LD_PRELOAD, OPENSSL_CONF) would run code in the guest that nobody measured."""
    stage.environment["OPENSSL_CONF"] = "/nonexistent"
    stage.start_serve()
    del stage.environment["OPENSSL_CONF"]
    workload = _stage.children(stage.children["serve"].pid)[0]
    with open(f"/proc/{workload}/environ", "rb") as file:
        names = {line.split(b"=")[0] for line in file.read().split(b"\0") if line}
    assert names == {b"CLAUSTRUM_SIM_DEVICE", b"PATH", b"LANG", b"TMPDIR"}, names
    checked.append("the host's environment")
    stage.stop("serve")


with _stage.Stage() as stage:
    stage.release()
    stage.put_secrets()
    stage.start_broker()
    launch_steps(stage)
    broker_steps(stage)
    model_steps(stage)
    document_steps(stage)
    profile_steps(stage)
    later_step(stage)
    environment_step(stage)
    careless_broker_steps(stage)
print(f"{len(checked)} steps: " + ", ".join(checked))
