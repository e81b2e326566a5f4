"""The Merkle tree of RFC 6962 (section 2.1; RFC 9162 has the verifications): leaves in the order they came, hashed with
SHA-256, a prefix apart from the nodes above them. Pure: what is stored is handed in.

A full subtree is known by its ``level`` (a leaf is 0) and its ``index`` among those of its level; it ends with leaf number
``(index + 1) << level``, counted from 1.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
SIZE = 32

Range = tuple[int, int]
Node = tuple[int, int]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(peaks: list[bytes], size: int, leaf: bytes) -> list[bytes]:
    """Adds a leaf to a tree of so many leaves, whose full subtrees' roots are ``peaks`` from left to right: they are
    changed in place. Gives the roots of the full subtrees that end with this leaf, the lowest first."""
    ended = []
    root = leaf
    while size & 1:
        root = node_hash(peaks.pop(), root)
        ended.append(root)
        size >>= 1
    peaks.append(root)
    return ended


def fold(peaks: Iterable[bytes]) -> bytes:
    """The root over full subtrees, given from left to right."""
    root = None
    for peak in reversed(list(peaks)):
        root = peak if root is None else node_hash(peak, root)
    return EMPTY if root is None else root


def cover(span: Range) -> list[Node]:
    """The full subtrees, from left to right, that make up the leaves of a range whose start a proof may name."""
    start, end = span
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def inclusion(index: int, size: int) -> list[Range]:
    """The ranges of leaves whose roots prove that leaf ``index`` (from 0) is in a tree of ``size``: PATH of RFC 6962."""
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, new: int) -> list[Range]:
    """The ranges of leaves whose roots prove that a tree of ``old`` leaves is the beginning of one of ``new``: PROOF of
    RFC 6962. Nothing where either is empty or both are the same."""
    if not 0 < old < new:
        return []
    path: list[Range] = []
    start, end, is_whole = 0, new, True
    while old - start != end - start:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, is_whole = middle, False
    return [*([] if is_whole else [(start, end)]), *reversed(path)]


def proof(ranges: Sequence[Range], root_of: Callable[[Node], bytes]) -> list[bytes]:
    """The roots of these ranges, from the roots of full subtrees."""
    return [fold(root_of(node) for node in cover(span)) for span in ranges]


def includes(leaf: bytes, place: Range, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf to the root (RFC 9162, 2.1.3.2). ``place``: index of the leaf, size."""
    index, size = place
    if not 0 <= index < size:
        return False
    last, found = size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            found = node_hash(each, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, each)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root


def continues(sizes: Range, path: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    """Whether the path shows the tree of the first size and root to be the beginning of the second's (RFC 9162,
    2.1.4.2)."""
    old, new = sizes
    if not 0 <= old <= new:
        return False
    if old in {0, new}:
        return not path and (roots[0] == EMPTY if old == 0 else roots[0] == roots[1])
    steps = [*([roots[0]] if old & (old - 1) == 0 else []), *path]
    if not steps:
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = steps[0]
    for each in steps[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            second = node_hash(second, each)
        index, last = index >> 1, last >> 1
    return last == 0 and (first, second) == roots


def _split(leaves: int) -> int:
    """The largest power of two below so many."""
    return 1 << ((leaves - 1).bit_length() - 1)
