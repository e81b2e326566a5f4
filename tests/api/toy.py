"""A small schema shaped like the contract's core, and an application with nothing but the door."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import strawberry
import uvicorn
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from api import graphiql
from api.errors import BadUserInput, CarrierUnavailable, RateLimited, Unauthenticated
from api.graphql import GraphQLEndpoint
from api.limits import Limits
from schema.directives import Cost, ListSize, RequiresIdempotency, idempotent

GRAPHQL = "application/graphql-response+json"
Method = TypeVar("Method", bound=Callable[..., Any])


def marked(*directives: object) -> Callable[[Method], Method]:
    """A field with schema directives, typed as the method it decorates."""
    return cast("Callable[[Method], Method]", strawberry.field(directives=directives))


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class OrderLine:
    id: strawberry.ID
    sku: str
    title: str
    quantity: int

    @strawberry.field
    def unit_price(self) -> Money:
        return Money(amount="1.00", currency="EUR")


@strawberry.type
class Location:
    city: str


@strawberry.type
class TrackingEvent:
    id: strawberry.ID
    status: str

    @strawberry.field
    def location(self) -> Location | None:
        return Location(city="Lyon")


@strawberry.type
class Carrier:
    code: str


@strawberry.type
class Claim:
    id: strawberry.ID
    status: str

    @strawberry.field
    def requested(self) -> Money:
        return Money(amount="5.00", currency="EUR")


@strawberry.type
class Return:
    id: strawberry.ID
    rma_number: str

    @marked(ListSize(assumed_size=1))
    def shipments(self) -> list["Shipment"]:
        return []


@strawberry.type
class Shipment:
    id: strawberry.ID
    tracking_number: str

    @strawberry.field
    def carrier(self) -> Carrier:
        return Carrier(code="gls")

    @marked(ListSize(assumed_size=6))
    def events(self, last: int | None = None) -> list[TrackingEvent]:
        return [TrackingEvent(id=strawberry.ID(str(n)), status="IN_TRANSIT") for n in range(6)][-(last or 6) :]

    @marked(ListSize(assumed_size=1))
    def claims(self) -> list[Claim]:
        return [Claim(id=strawberry.ID("1"), status="OPEN")]


@strawberry.type
class Order:
    id: strawberry.ID
    number: str

    @strawberry.field
    def total(self) -> Money:
        return Money(amount="9.00", currency="EUR")

    @marked(ListSize(assumed_size=2))
    def lines(self) -> list[OrderLine]:
        return [OrderLine(id=strawberry.ID(str(n)), sku="a", title="A {brace}", quantity=1) for n in range(2)]

    @marked(ListSize(assumed_size=1))
    def shipments(self) -> list[Shipment]:
        return [Shipment(id=strawberry.ID("1"), tracking_number="T1")]

    @marked(ListSize(assumed_size=1))
    async def returns(self) -> list[Return]:
        await asyncio.sleep(0)
        return [Return(id=strawberry.ID("1"), rma_number="R1")]

    @marked(ListSize(assumed_size=1))
    def claims(self) -> list[Claim]:
        return [Claim(id=strawberry.ID("1"), status="OPEN")]


@strawberry.type
class PageInfo:
    has_next_page: bool = False


@strawberry.type
class OrderEdge:
    cursor: str
    node: Order


@strawberry.type
class OrderConnection:
    edges: list[OrderEdge]
    page_info: PageInfo

    @marked(Cost(weight=20))
    def total_count(self) -> int:
        return 1_000


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "you") -> str:
        return f"Hello {name[:100]}"

    @strawberry.field
    def order(self, number: str) -> Order | None:
        return Order(id=strawberry.ID("1"), number=number)

    @strawberry.field
    def orders(self, first: int | None = None, last: int | None = None) -> OrderConnection:
        nodes = [Order(id=strawberry.ID(str(n)), number=str(n)) for n in range(min(first or last or 0, 100))]
        return OrderConnection(edges=[OrderEdge(cursor=str(n.id), node=n) for n in nodes], page_info=PageInfo())

    @strawberry.field
    def recent(self, first: int = 5) -> OrderConnection:
        return OrderConnection(edges=[], page_info=PageInfo())

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Order | None]:
        return [Order(id=id_, number=id_) for id_ in ids]

    @strawberry.field
    async def slow(self, info: strawberry.Info, seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            info.context.cancelled.append("slow")
            raise
        return "done"

    @strawberry.field
    def scaled(self, by: float) -> float:
        return by * 2

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("password=hunter2 at /srv/secret.py")

    @strawberry.field
    def broken_for_all(self) -> str:
        raise RuntimeError("hunter2")

    @strawberry.field
    def carrier_down(self) -> str | None:
        raise CarrierUnavailable

    @strawberry.field
    def picky(self) -> str | None:
        raise BadUserInput("The size must be even.", field="size")


@strawberry.type
class Mutation:
    @marked(RequiresIdempotency())
    def book(self, names: list[str]) -> Order:
        return Order(id=strawberry.ID("1"), number=str(len(names)))


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncGenerator[int, None]:
        yield 1


SCHEMA = strawberry.Schema(Query, Mutation, Subscription, directives=[idempotent])


@dataclass
class Context:
    """What a caller leaves behind, for a test to look at."""

    cancelled: list[str] = field(default_factory=list)
    charged: list[int] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    replayed: bool = False
    closed: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    credit: int = 10**9

    def charge(self, requested: int) -> None:
        if requested > self.credit:
            raise RateLimited(retry_after_ms=1_500)
        self.charged.append(requested)

    def settle(self, requested: int, actual: int) -> dict[str, int]:
        self.settled.append(actual)
        return {"available": 10_000 - actual}

    async def aclose(self) -> None:
        self.closed += 1
        self.done.set()


@dataclass
class Door:
    """The application, one context for all its requests, and how to knock."""

    app: ASGIApp
    context: Context
    endpoint: GraphQLEndpoint

    async def send(self, method: str = "POST", **arguments: Any) -> Response:
        async with AsyncClient(transport=ASGITransport(app=self.app), base_url="http://door") as client:
            return await client.request(method, arguments.pop("url", "/graphql"), **arguments)

    async def ask(self, query: str, **variables: Any) -> Any:
        """Sends a well-formed request and returns the whole JSON answer."""
        response = await self.send(json={"query": query, "variables": variables}, headers={"accept": GRAPHQL})
        return response.json()


def door(limits: Limits | None = None, *, dev: bool = False, schema: strawberry.Schema = SCHEMA) -> Door:
    context = Context()

    async def open_context(request: Request) -> Context:
        if request.headers.get("authorization") == "Bearer wrong":
            raise Unauthenticated
        return context

    endpoint = GraphQLEndpoint(schema, limits=limits or Limits(), open_context=open_context, dev=dev)
    return Door(Starlette(routes=[Route("/graphql", endpoint), *graphiql.ROUTES]), context, endpoint)


@contextlib.asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address of a real server, on a port of its own, while the block runs."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells by a flag only
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
