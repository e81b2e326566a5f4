"""Turns at the event loop: what is told and heard live leaves room, in every round, for whoever asks over HTTP."""

import asyncio
from collections import deque

A_ROUND = 32  # about two milliseconds of work


class Turns:
    """So many messages are handled in one round of the event loop, first come first served: else one who floods, or an
    event that thousands follow, would hold everybody up until the last message is out."""

    def __init__(self) -> None:
        self._left = A_ROUND
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_next_called = False

    async def take(self) -> None:
        """Waits for a turn; there is one at once unless this round's are spent."""
        if self._left and not self._waiting:
            self._left -= 1
            self._call_next()
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        await mine

    def _call_next(self) -> None:
        if not self._is_next_called:
            self._is_next_called = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._is_next_called = False
        self._left = A_ROUND
        while self._waiting and self._left:
            first = self._waiting.popleft()
            if not first.done():  # nor cancelled
                first.set_result(None)
                self._left -= 1
        if self._left < A_ROUND:
            self._call_next()
