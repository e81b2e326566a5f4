"""POST /oauth/token: a carrier that pushes with a bearer asks us for it (UPS Track Alert does).

The client id is the account's id as partners see it, the client secret its push secret. A token is a signed value, good
for an hour and for pushes of that account only; nothing is stored.
"""

import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from db.ids import parse_typeid
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

LASTS = timedelta(hours=1)
MOST_BYTES = 8192
AUDIENCE = "carrier-push"
_TYPE = "waybridge-push+jwt"  # pinned, so no other token of ours passes as one
_REFUSED = {"error": "invalid_client", "error_description": "The client id or secret is wrong."}


def token_endpoint(store: Store, clock: Callable[[], datetime]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint: ``client_credentials`` by HTTP Basic or in the form."""

    async def endpoint(request: Request) -> Response:
        form = await _form(request)
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400, {"Cache-Control": "no-store"})
        client_id, secret = _basic(request.headers) or (form.get("client_id", ""), form.get("client_secret", ""))
        account = await _account(store, client_id)
        right = "" if account is None else account.open(store.vault, "push_secret") or ""
        known = hmac.compare_digest(right.encode(), secret.encode("utf-8", "replace")) and bool(right)
        if account is None or not known:
            return JSONResponse(_REFUSED, 401, {"WWW-Authenticate": "Basic", "Cache-Control": "no-store"})
        token = issue(store.vault, account.typeid, clock())
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(LASTS.total_seconds())}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return endpoint


def issue(vault: Vault, account: str, now: datetime) -> str:
    """A token for the account's pushes."""
    claims = {"sub": account, "aud": AUDIENCE, "exp": int((now + LASTS).timestamp())}
    return jwt.encode({"alg": "HS256", "typ": _TYPE}, claims, OctKey.import_key(vault.token_key))


def bearer_of(headers: Mapping[str, str], vault: Vault, account: str, now: datetime) -> str:
    """The bearer a request carries, when it is a token of ours for this account and not expired; else ""."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return ""
    try:
        token = jwt.decode(text.strip(), OctKey.import_key(vault.token_key), algorithms=["HS256"])
    except (JoseError, ValueError):
        return ""
    claims: Mapping[str, Any] = token.claims
    expires = claims.get("exp")
    valid = token.header.get("typ") == _TYPE and claims.get("aud") == AUDIENCE and claims.get("sub") == account
    return text.strip() if valid and isinstance(expires, int) and now.timestamp() < expires else ""


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode(), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}


def _basic(headers: Mapping[str, str]) -> tuple[str, str] | None:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return user, password


async def _account(store: Store, client_id: str) -> CarrierAccount | None:
    named = parse_typeid(client_id)
    if named is None or named[0] != CarrierAccount.prefix:
        return None
    async with store.reading(EVERYTHING) as session:
        account = await session.get(CarrierAccount, named[1])
    if account is None or account.disabled_at is not None:
        return None
    await store.keys_of(account.merchant_id)
    return account
