"""Messages that are none of graphql-transport-ws, by class; each ends its socket and nothing else."""

import json


def _subscribe(**payload: object) -> str:
    return json.dumps({"type": "subscribe", "id": "1", "payload": payload})


MESSAGES: dict[str, str | bytes] = {
    "nothing": "",
    "a blank": " ",
    "null": "null",
    "a number": "1",
    "a text": '"ping"',
    "an array": "[]",
    "an array of messages": '[{"type":"ping"}]',
    "an empty object": "{}",
    "no type": '{"id":"1"}',
    "a type that is no text": '{"type":1}',
    "a type that is an array": '{"type":["ping"]}',
    "an unknown type": '{"type":"start","id":"1"}',
    "the type of the older protocol": '{"type":"connection_terminate"}',
    "a type of the server": '{"type":"next","id":"1","payload":{}}',
    "a dunder": '{"type":"__class__"}',
    "a payload that is no object": '{"type":"ping","payload":1}',
    "a payload that is an array": '{"type":"connection_init","payload":[]}',
    "NaN": '{"type":"ping","payload":{"a":NaN}}',
    "U+0000": '{"type":"ping","payload":{"a":"\\u0000"}}',
    "a lone surrogate": '{"type":"ping","payload":{"a":"\\ud800"}}',
    "a repeated member": '{"type":"ping","type":"pong"}',
    "deep arrays": '{"type":"ping","payload":{"a":' + "[" * 10_000 + "]" * 10_000 + "}}",
    "deep and open": "[" * 200_000,
    "an integer of 5,000 digits": '{"type":"ping","payload":{"a":' + "9" * 5_000 + "}}",
    "bytes": b'{"type":"ping"}',
    "too long": json.dumps({"type": "ping", "payload": {"a": "a" * 300_000}}),
    "no id": json.dumps({"type": "subscribe", "payload": {"query": "{ viewer { kind } }"}}),
    "an id that is no text": '{"type":"subscribe","id":1,"payload":{"query":"{ viewer { kind } }"}}',
    "an empty id": '{"type":"subscribe","id":"","payload":{"query":"{ viewer { kind } }"}}',
    "a long id": json.dumps({"type": "complete", "id": "a" * 1_000}),
    "no payload": '{"type":"subscribe","id":"1"}',
    "no query": _subscribe(),
    "a query that is no text": _subscribe(query=1),
    "variables that are no object": _subscribe(query="{ viewer { kind } }", variables=[]),
    "extensions that are no object": _subscribe(query="{ viewer { kind } }", extensions="x"),
    "an operation's name that is no text": _subscribe(query="{ viewer { kind } }", operationName={}),
}
