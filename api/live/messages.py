"""Messages of ``graphql-transport-ws``, read strictly and written."""

from collections.abc import Mapping
from typing import Any

import orjson

from api.errors import BadUserInput
from api.live.guests import Ending
from api.requests import Asked, asked_in, decode

PROTOCOL = "graphql-transport-ws"
LONGEST = 256 * 1024
LONGEST_ID = 256
ACKNOWLEDGE = '{"type":"connection_ack"}'

NOT_SPOKEN = Ending(4406, "Subprotocol not acceptable")
NOT_SAID_HELLO = Ending(4401, "Unauthorized")
TOO_LATE = Ending(4408, "Connection initialisation timeout")
TOO_MANY_HELLOS = Ending(4429, "Too many initialisation requests")
FORBIDDEN = Ending(4403, "Forbidden")
TOO_LONG = Ending(1009, "A message is at most 256 KiB long.")
FAILED = Ending(1011, "Internal server error")
LATER = Ending(1013, "Try again later")


class Ended(Exception):
    """The socket is to be closed."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


def _short(reason: str) -> str:
    """As much of it as a close frame holds."""
    return reason.encode()[:120].decode(errors="ignore")


def wrong(reason: str) -> Ended:
    """A message that the protocol does not know."""
    return Ended(Ending(4400, _short(reason)))


def taken(id_: str) -> Ending:
    """An operation of that id is running."""
    return Ending(4409, _short(f"Subscriber for {id_} already exists"))


def read(message: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object of a ``websocket.receive``, with its type as text. Ended for anything else."""
    text = message.get("text")
    if text is None:
        raise wrong("Messages are text.")
    content = text.encode()
    if len(content) > LONGEST:
        raise Ended(TOO_LONG)
    try:
        value = decode(content)
    except BadUserInput as error:
        raise wrong(error.message) from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise wrong("A message is a JSON object with a type.")
    if not isinstance(value.get("payload", {}), dict | type(None)):
        raise wrong("A payload is a JSON object.")
    return value


def id_of(message: dict[str, Any]) -> str:
    """The operation a message is about."""
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        raise wrong(f"An id is a text of 1 to {LONGEST_ID} characters.")
    return id_


def asked_by(message: dict[str, Any]) -> Asked:
    """The request in a ``subscribe``."""
    payload = message.get("payload")
    if payload is None or not isinstance(payload.get("query", ""), str):
        raise wrong("The payload of subscribe holds a query.")
    if payload.get("query") == "":
        payload = {**payload, "query": " "}  # a document without anything in it: wrong, and no reason to hang up
    try:
        return asked_in(payload)
    except BadUserInput as error:
        raise wrong(error.message) from None


def about(id_: str, type_: str, payload: object = None) -> str:
    """A message about one operation."""
    message: dict[str, object] = {"id": id_, "type": type_}
    return orjson.dumps(message if payload is None else {**message, "payload": payload}).decode()


def head_of_next(id_: str) -> str:
    """What stands before the result in a ``next``; one brace follows it."""
    return f'{{"id":{orjson.dumps(id_).decode()},"type":"next","payload":'


def pong(payload: object) -> str:
    """The answer to a ping: what it carried."""
    return orjson.dumps({"type": "pong"} if payload is None else {"type": "pong", "payload": payload}).decode()
