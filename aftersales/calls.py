"""A call that a carrier asked us for (a handshake's second half), left to the worker: sealed, since it may hold keys."""

import base64
import json
from datetime import datetime

from carriers.carrier import Handshake, Request
from db.ids import uuid7
from db.models.messages import Job
from db.models.partners import CarrierAccount
from db.vault import Vault

KIND = "call_carrier"


def job(vault: Vault, account: CarrierAccount, handshake: Handshake, now: datetime) -> Job:
    """The call as a job, one after the other for each account. ``activates``: once done, the subscription lives."""
    made = Job(
        merchant_id=account.merchant_id,
        kind=KIND,
        resource=account.typeid,
        arguments={"carrier": account.carrier_code, "account": account.id.hex, "activates": handshake.activates},
        reference=str(uuid7()),
        run_at=now,
        created_at=now,
    )
    if handshake.call is not None:
        call = handshake.call
        parts = [call.method, call.url, dict(call.headers), base64.b64encode(call.body).decode()]
        sealed = vault.seal(account.merchant_id, _place(made), json.dumps(parts))
        made.arguments = made.arguments | {"call": base64.b64encode(sealed).decode()}
    return made


def opened(vault: Vault, made: Job) -> Request | None:
    """The request again; None when there is nothing to call, only to note."""
    sealed = made.arguments.get("call")
    if sealed is None:
        return None
    text = vault.open(made.merchant_id, _place(made), base64.b64decode(sealed))
    method, url, headers, body = json.loads(text)
    return Request(method, url, headers, base64.b64decode(body))


def _place(made: Job) -> str:
    return f"jobs|{made.id.hex}|call"
