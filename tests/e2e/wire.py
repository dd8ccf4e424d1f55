#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A host that alters, cuts, swaps or repeats sealed traffic: the client gets the true answer or an error,
never a changed or silently shortened one; the engine runs once per request."""
import http.client
import json
import random

import _stage

_stage.need_root()
PROMPT = {"max_tokens": 30, "seed": 5, "temperature": 0}


class Wire:
    """What the host does with the next sealed answer, and the last pair it saw."""
    act = staticmethod(lambda body: body)
    answer = b""


def edit(path, status, body):
    if path == "/claustrum/ohttp" and status == 200:
        Wire.answer = body
        body = Wire.act(body)
    return status, body


def whole(stage):
    response = stage.chat("Good morning", **PROMPT)
    return response.status, json.load(response)


def streamed(stage):
    """The events of a stream that come, and whether it ended as a whole one does."""
    response = stage.chat("Good morning", stream=True, **PROMPT)
    data, complete = b"", True
    try:
        while piece := response.read1(65536):
            data += piece
    except (http.client.HTTPException, OSError):
        complete = False
    return response.status, data.decode(), complete


def text_of(events):
    return "".join(choice["delta"].get("content") or "" for line in events.splitlines()
                   if line.startswith("data: {") and "choices" in line
                   for choice in json.loads(line[6:])["choices"])


def refused(status, answer):
    assert status in (502, 503) and answer["error"]["type"] == "claustrum_error", (status, answer)


with _stage.Stage() as stage:
    stage.release()
    stage.put_secrets()
    stage.start_broker()
    service = stage.start_serve()
    host = _stage.Host(service, edit)
    stage.url = stage.start_connect(host.url)
    random.seed(7)

    status, genuine = whole(stage)
    assert status == 200
    text = genuine["choices"][0]["message"]["content"]
    size = len(Wire.answer)
    status, events, complete = streamed(stage)
    assert status == 200 and complete and "data: [DONE]" in events and text_of(events) == text

    # One bit anywhere: nonce, chunk lengths, tags, contents, receipt.
    for position in [0, 16, 31, 32, 33, 34, size - 1] + [random.randrange(size) for _ in range(12)]:
        Wire.act = lambda body, at=position: body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
        refused(*whole(stage))
        status, events, complete = streamed(stage)
        assert "[DONE]" not in events and (status != 200 or not complete), (position, events)
        assert text.startswith(text_of(events)), (position, events)

    # Cut short at a place of the host's choice, with a proper end of its own transport.
    for length in [0, 1, 32, size // 2, size - 1] + [random.randrange(size) for _ in range(8)]:
        Wire.act = lambda body, end=length: body[:end]
        refused(*whole(stage))
        status, events, complete = streamed(stage)
        assert "[DONE]" not in events and (status != 200 or not complete), (length, events)
        assert text.startswith(text_of(events)), (length, events)
    Wire.act = lambda body: body + b"\0"
    refused(*whole(stage))

    # The answer to another request.
    Wire.act = staticmethod(lambda body: body)
    whole(stage)
    other = Wire.answer
    Wire.act = lambda body: other
    refused(*whole(stage))
    Wire.act = staticmethod(lambda body: body)

    # A recorded request sent again, once more and with a changed bit: the engine does not run.
    def sent(body):
        connection = http.client.HTTPConnection(service.split("/")[2], timeout=30)
        connection.request("POST", "/claustrum/ohttp", body, {"Content-Type": "message/ohttp-chunked-req"})
        return connection.getresponse().status

    def runs():
        return stage.log("serve").count('"event":"serve.request"')

    before = runs()
    recorded = [body for path, body in zip(host.requests, host.bodies) if path == "/claustrum/ohttp"][-1]
    for _ in range(3):
        assert sent(recorded) == 400
    for position in range(0, len(recorded), 37):
        assert sent(recorded[:position] + bytes([recorded[position] ^ 1]) + recorded[position + 1:]) == 400
    for length in range(0, len(recorded), 53):
        assert sent(recorded[:length]) == 400
    assert runs() == before, "the engine ran for a repeated or altered request"

    # "I do not know this key", although the request was delivered: verified again and sent once more
    # under the same id, for which the engine does not run twice; then an error.
    answers = []

    def hint(path, status, body):
        if path != "/claustrum/ohttp":
            return status, body
        answers.append(status)
        return 400, b"{}"

    host.edit = hint
    host.requests.clear()
    before = runs()
    refused(*whole(stage))
    assert host.requests == ["/claustrum/ohttp", "/claustrum/evidence", "/claustrum/ohttp"], host.requests
    assert answers == [200, 200] and runs() == before + 1
    # The second delivery comes through: its sealed answer says that the engine has run already.
    host.edit = lambda path, status, body: edit(path, status, body) if len(answers) == 3 else hint(path, status, body)
    status, answer = whole(stage)
    assert status == 409 and answer["error"]["code"] == "already-run", (status, answer)
    assert runs() == before + 2
    host.edit = edit
    assert whole(stage)[0] == 200 and runs() == before + 3
    print(f"{size} bytes of answer, {len(host.requests)} requests through the host")
