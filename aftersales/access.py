"""What one carrier account may use: its credentials opened, its push address, its host."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from carriers.carrier import Access, Carrier
from db.models.partners import CarrierAccount
from db.vault import Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """An account with its secrets in the clear; kept in memory only, and not for long."""

    account: CarrierAccount
    credentials: dict[str, str]
    push_token: str
    push_secret: str


def opened(vault: Vault, account: CarrierAccount) -> Opened:
    """Opens the secrets; the merchant's key must be at hand."""
    return Opened(
        account,
        json.loads(account.open(vault, "credentials") or "{}"),
        account.open(vault, "push_token") or "",
        account.open(vault, "push_secret") or "",
    )


def push_url(public_url: str, account: Opened) -> str:
    """Where the carrier pushes to for this account; empty while nobody knows our public address."""
    base = public_url.rstrip("/")
    return f"{base}/carriers/{account.account.carrier_code}/push/{account.push_token}" if base else ""


def access(carrier: Carrier, account: Opened, public_url: str, now: datetime, *, token: str = "") -> Access:
    """What one call, or one check of a push, may use."""
    host = account.account.base_url or carrier.hosts.get(account.account.environment.value, "")
    return Access(
        base_url=host.rstrip("/"),
        credentials=account.credentials,
        now=now,
        nonce=str(uuid4()),
        callback_url=push_url(public_url, account),
        push_secret=account.push_secret,
        token=token,
    )
