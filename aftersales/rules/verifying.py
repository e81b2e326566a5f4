"""Checks a handed-out log against heads that were kept elsewhere. Nothing else is trusted: not the log, not its hashes,
not us."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from aftersales.rules import entries, merkle
from aftersales.rules.heads import Head


@dataclass(slots=True)
class Check:
    """A merchant's log while it is read from its first entry on. ``size``: entries read; ``proven``: as many of them as
    a head stands for; ``problem``: the first thing that was wrong, after which nothing more is read."""

    merchant_id: UUID
    heads: Sequence[Head]
    size: int = 0
    proven: int = 0
    problem: str | None = None
    _peaks: list[bytes] = field(default_factory=list)
    _roots: dict[int, set[bytes]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for head in self.heads:
            self._roots[head.size].add(head.root)
            if head.merchant_id != self.merchant_id:
                self.problem = "a head is of another merchant's log"

    def take(self, line: bytes) -> bytes:
        """The next entry (``entries.export_line``). Gives its leaf and the roots of the full subtrees that end with it,
        as a seal keeps them; nothing once there is a problem."""
        if self.problem is not None:
            return b""
        try:
            number, leaf = entries.read_line(line, self.merchant_id)
        except entries.NotAnEntry as bad:
            self.problem = f"after entry {self.size}: {bad}"
            return b""
        if number != self.size + 1:
            self.problem = f"after entry {self.size} comes entry {number}"
            return b""
        ended = merkle.append(self._peaks, self.size, leaf)
        self.size += 1
        if self.size in self._roots:
            self._compare()
        return b"".join([leaf, *ended])

    def _compare(self) -> None:
        if self._roots[self.size] == {merkle.fold(self._peaks)}:
            self.proven = self.size
        else:
            self.problem = f"entries {self.proven + 1} to {self.size} are not those that were signed"

    def end(self) -> str | None:
        """Nothing follows: what was wrong, if anything."""
        largest = max(self._roots, default=0)
        if self.problem is None and self.size < largest:
            self.problem = f"it ends with entry {self.size}, and {largest} were signed"
        return self.problem


def verify(log: Iterable[bytes], merchant_id: UUID, heads: Sequence[Head]) -> Check:
    """A whole log, read up to its first problem: a line that is not as we write it, a number missing, twice or out of its
    place, a root that is not a head's, an end before the largest head."""
    check = Check(merchant_id, heads)
    for line in log:
        check.take(line)
        if check.problem:
            break
    check.end()
    return check
