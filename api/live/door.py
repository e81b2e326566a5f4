"""What all live connections of one process share."""

from dataclasses import dataclass, field

from api.graphql import GraphQLEndpoint, OpenContext
from api.live.following import Following
from api.live.guests import Guests
from api.live.paces import Paces
from api.live.rendering import Renderings
from api.live.tail import Tail
from api.live.turns import Turns
from api.operations import Operations
from resolvers.context import Follow, Viewer
from resolvers.live import Watch


@dataclass(frozen=True, slots=True)
class Door:
    """The way in for sockets and streams, who is inside, and what is rendered for them."""

    operations: Operations
    open_context: OpenContext
    guests: Guests
    renderings: Renderings
    tail: Tail
    paces: Paces
    turns: Turns = field(default_factory=Turns)

    def stop(self) -> None:
        """Shows everyone out, now and from now on: a server that stops need not wait for them."""
        self.guests.stop()

    async def close(self) -> None:
        """Shows everyone out and reads the log no more."""
        await self.guests.close()
        await self.tail.close()


def opened(endpoint: GraphQLEndpoint, tail: Tail, paces: Paces) -> Door:
    """The way in, for what the endpoint's documents ask."""
    operations = endpoint.operations
    guests = Guests(endpoint.open_context, paces)
    return Door(operations, endpoint.open_context, guests, Renderings(operations), tail, paces)


def following(tail: Tail) -> Follow:
    """How a subscription's resolver follows the log."""

    async def follow(viewer: Viewer, watch: Watch) -> Following:
        return await Following(tail, viewer, watch).begin()

    return follow
