#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 in the middle of a stream: a client sees an error, never a silently complete answer; the engine
dies with serve; the broker keeps every ledger entry that it acknowledged; nothing stays behind. The engine is
stopped first where the moment of the kill has to be inside the answer; random moments come on top."""
import http.client
import json
import os
import random
import signal
import time

import _stage

_stage.need_root()
ROUNDS = int(os.environ.get("CLAUSTRUM_KILL_ROUNDS", "5"))
random.seed(int(os.environ.get("CLAUSTRUM_SEED", "1")))


def begin_stream(stage):
    response = stage.chat("Tell me everything", stream=True, max_tokens=400)
    assert response.status == 200
    return response, response.read(64)


def rest_of(response, first=b""):
    """What still comes; whether the stream ended as a whole one does."""
    data, whole = first, True
    try:
        while piece := response.read1(65536):
            data += piece
    except (http.client.HTTPException, OSError):
        whole = False
    return data, whole


def is_cut(data, whole):
    """No end mark, and no proper end of the transfer: any client library reports an error."""
    assert b"[DONE]" not in data and not whole, data[-300:]


def family(stage):
    return _stage.descendants(stage.children["serve"].pid)  # sim, serve, engine


def restart_serve(stage):
    stage.stop("serve")
    stage.tap.target = int(stage.start_serve().rsplit(":", 1)[1])
    answer = json.load(stage.chat("Good morning", max_tokens=4))
    if answer.get("error", {}).get("code") == "exchange.replica_gone":
        # For all connect knows the old replica may have run it: sending again is the client's decision.
        answer = json.load(stage.chat("Good morning", max_tokens=4))
    assert "choices" in answer, f"after a fresh start: {answer}"


def entries(stage):
    return [entry["type"] for entry in json.loads(stage.ledger("--json").stdout)["entries"]]


def victims_in_turn(stage):
    """Each process dies once while the engine is known to be in the middle of an answer."""
    for victim in ("engine", "serve", "sim", "connect"):
        sim, serve, engine = family(stage)
        response, first = begin_stream(stage)
        os.kill(engine, signal.SIGSTOP)
        time.sleep(0.2)
        os.kill({"engine": engine, "serve": serve, "sim": sim, "connect": stage.children["connect"].pid}[victim],
                signal.SIGKILL)
        is_cut(*rest_of(response, first))
        if victim == "connect":
            os.kill(engine, signal.SIGCONT)
            stage.stop("connect")
            stage.url = stage.start_connect(f"http://127.0.0.1:{stage.tap.port}")
            continue
        if victim != "engine":
            assert _stage.gone(serve) and _stage.gone(engine), f"they outlive {victim}"
        else:
            # Without its engine serve would go on being verified and answer nothing: it ends too.
            assert _stage.gone(serve) and _stage.gone(sim), "serve outlives its engine"
            assert stage.children["serve"].wait(5) == 1 and "serve.engine_gone" in stage.log("serve")
        restart_serve(stage)
        assert len(stage.engine_folders()) == 1, stage.engine_folders()  # that of the killed one is gone


def random_moments(stage):
    """Any victim, any moment: either the answer is whole and was acknowledged, or the client sees an error."""
    cut = 0
    for _ in range(ROUNDS):
        _, serve, engine = family(stage)
        response, first = begin_stream(stage)
        time.sleep(random.uniform(0, 0.4))
        os.kill(random.choice([serve, engine]), signal.SIGKILL)
        data, whole = rest_of(response, first)
        if b"[DONE]" in data:
            assert whole and data.rstrip().endswith(b"data: [DONE]"), data[-300:]
        else:
            is_cut(data, whole)
            cut += 1
        restart_serve(stage)
    return cut


def broker_rounds(stage):
    """The broker is killed while guests ask for keys. What a guest was granted is in the ledger for good."""
    before = entries(stage)
    granted = before.count("release-grant")
    for _ in range(ROUNDS):
        guest = stage.start("guest", *stage.guest(name="guest"), ready=False)
        assert guest is None
        time.sleep(random.uniform(0, 0.35))
        stage.stop("broker", signal.SIGKILL)
        time.sleep(0.2)
        has_keys = '"serve.keys_received"' in stage.log("guest")
        stage.stop("guest")
        os.remove(stage.path("guest.log"))
        stage.start_broker()
        after = entries(stage)
        assert after[:len(before)] == before, (before, after)
        granted += 2 if has_keys else 0
        assert after.count("release-grant") >= granted, "a key was given out that the ledger does not know"
        granted = after.count("release-grant")
        before = after
    return len(before)


with _stage.Stage() as stage:
    stage.all_up()
    data, whole = rest_of(*begin_stream(stage))
    assert whole and data.rstrip().endswith(b"data: [DONE]"), "an undisturbed stream is whole"
    victims_in_turn(stage)
    cut = random_moments(stage)
    count = broker_rounds(stage)
    pids = [pid for child in stage.children.values() for pid in _stage.descendants(child.pid)]
    for name in list(stage.children):
        stage.stop(name)
    assert all(_stage.gone(pid) for pid in pids), "a process stays behind"
    assert not os.listdir(stage.path("tmp")), os.listdir(stage.path("tmp"))
print(f"{cut} of {ROUNDS} streams cut by chance, {count} ledger entries, all kept")
