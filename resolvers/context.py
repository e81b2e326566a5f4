"""What a resolver may use: who this call speaks for, the store, the loaders, the clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import log
from aftersales.quoting import Live
from carriers.names import Resolve
from db.enums import Locale, PartnerKind, Party
from db.models.base import MerchantOwned
from db.reach import Reach
from db.session import Store
from resolvers.edges import Edge
from resolvers.errors import BadUserInput, Forbidden
from resolvers.loaders import Loaders
from resolvers.made import Made

CONNECTIONS_PER_REQUEST = 4


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who this call speaks for. ``kind`` is None for a customer token. ``acting_for`` is the merchant whose rows may
    be written: a merchant's own, or the one a platform names with the Waybridge-Merchant header."""

    reach: Reach
    scopes: frozenset[str]
    credential_id: UUID
    kind: PartnerKind | None = None
    partner_id: UUID | None = None
    acting_for: UUID | None = None
    customer_id: UUID | None = None

    @property
    def owner_id(self) -> UUID:
        """Whose idempotency keys these are: the partner's, whichever of its credentials is used."""
        return self.partner_id or self.credential_id

    @property
    def sees_personal(self) -> bool:
        """Whether personal data is shown in the clear: to a buyer their own, to others by scope."""
        return self.customer_id is not None or "personal:reveal" in self.scopes

    def must(self, scope: str) -> None:
        """Forbidden unless the credential holds the scope; the sentence names it."""
        if scope not in self.scopes:
            raise Forbidden(f"This credential lacks the scope {scope}.")

    def merchant(self) -> UUID:
        """The merchant to write for; a platform must have named one."""
        if self.acting_for is None:
            if self.kind is PartnerKind.PLATFORM:
                raise BadUserInput("Name the merchant you act for with the Waybridge-Merchant header.")
            raise Forbidden("Only a merchant, or a platform acting for one, may do that.")
        return self.acting_for

    def whose(self) -> UUID:
        """The merchant that a call of a merchant, a platform or a buyer is about."""
        if self.customer_id is None:
            return self.merchant()
        assert self.reach.merchant_id is not None
        return self.reach.merchant_id


Follow = Callable[[Viewer, Any], Awaitable[AsyncIterator[Any]]]


@dataclass(slots=True)
class Context:
    """One request's. Loaders are made on first use, inside the running loop."""

    viewer: Viewer
    store: Store
    clock: Callable[[], datetime]
    request_id: str
    locale: Locale = Locale.EN
    public_url: str = ""
    idempotency_key: str | None = None  # of the Idempotency-Key header
    session: AsyncSession | None = None  # of the mutation that is running
    replayed: bool = False
    dev: bool = False  # WAYBRIDGE_DEV: webhooks may go to http and to loopback
    selection_fault: Callable[[str], str | None] | None = None  # what is wrong with a webhook's selection
    export_root: Callable[[str, Mapping[str, Any]], str] | None = (
        None  # a bulk export's root field; Refused if it is none
    )
    resolve: Resolve | None = None  # a name's addresses, where webhooks' targets are looked up
    fault_of_url: str | None = None  # what the look-up before this mutation found wrong with a target
    live: Live | None = None  # how carriers are asked for prices and times, where the server goes out
    follow: Follow | None = None  # opens a stream of the log's entries, where subscriptions are served
    resume_after: str | None = None  # of the Last-Event-ID header
    made: Made = field(default_factory=Made)  # by the mutation that has just been committed
    _loaders: Loaders | None = None
    _seats: asyncio.Semaphore | None = field(default=None, repr=False)

    @property
    def loaders(self) -> Loaders:
        """One a request, dropped at each mutation."""
        if self._loaders is None:
            if self._seats is None:
                self._seats = asyncio.Semaphore(CONNECTIONS_PER_REQUEST)
            self._loaders = Loaders(self.store, self.viewer.reach, self._seats)
        return self._loaders

    def forget(self) -> None:
        """Drops what was loaded: after a commit it is stale."""
        self._loaders, self.made = None, Made()

    def again(self, request_id: str) -> "Context":
        """A fresh one for the same caller: nothing loaded yet, and no key of a header that stood before many calls."""
        return replace(
            self,
            request_id=request_id,
            idempotency_key=None,
            session=None,
            replayed=False,
            made=Made(),
            _loaders=None,
            _seats=None,
        )

    async def load(self, edge: Edge, key: Any) -> Any:
        """The row or rows of an edge for one parent key, batched with its siblings'; None for a parent without one."""
        if key is None:
            return None
        known = self.made.of(edge.children, key)
        return await self.loaders[edge].load(key) if known is None else known

    async def reveal(self, row: MerchantOwned, column: str) -> str | None:
        """The text of a sealed column, in the clear: the caller masks it for the viewer. None once it was erased."""
        if getattr(row, column) is None:
            return None
        await self.loaders.key_of(row.merchant_id)
        if not self.store.vault.knows(row.merchant_id):
            return None  # its key is gone
        return row.open(self.store.vault, column)

    def by(self, cause: str) -> log.By:
        """Who does what this call does, for the log of facts."""
        kind = self.viewer.kind
        party = Party.BUYER if kind is None else Party[kind.name]
        return log.By(party, f"mutation:{cause}", str(self.viewer.credential_id), self.request_id)


Info = strawberry.Info[Context, None]
