"""The tree against RFC 6962: the vectors of Certificate Transparency, the definitions word for word, and forgeries."""

import hashlib
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules import merkle

ENTRIES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Grown:
    """A tree with every full subtree at hand."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = leaves
        self.nodes: dict[merkle.Node, bytes] = {}
        self.peaks: list[bytes] = []
        for number, leaf in enumerate(leaves, 1):
            ended = [leaf, *merkle.append(self.peaks, number - 1, leaf)]
            self.nodes |= {(level, (number >> level) - 1): root for level, root in enumerate(ended)}

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return merkle.proof(merkle.inclusion(index, size), self.nodes.__getitem__)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return merkle.proof(merkle.consistency(old, new), self.nodes.__getitem__)

    def root(self, size: int) -> bytes:
        return merkle.fold(self.nodes[node] for node in merkle.cover((0, size)))


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH, section 2.1, over leaf hashes."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH, section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*path(index, leaves[:split]), mth(leaves[split:])]
    return [*path(index - split, leaves[split:]), mth(leaves[:split])]


def subproof(old: int, leaves: Sequence[bytes], *, is_whole: bool = True) -> list[bytes]:
    """SUBPROOF, section 2.1.2."""
    if old == len(leaves):
        return [] if is_whole else [mth(leaves)]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if old <= split:
        return [*subproof(old, leaves[:split], is_whole=is_whole), mth(leaves[split:])]
    return [*subproof(old - split, leaves[split:], is_whole=False), mth(leaves[:split])]


LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(70)]
TREE = Grown(LEAVES)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_vectors(size: int) -> None:
    tree = Grown([merkle.leaf_hash(entry) for entry in ENTRIES[:size]])

    assert merkle.fold(tree.peaks).hex() == ROOTS[size - 1]


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert merkle.fold([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_example_of_the_rfc() -> None:
    """Section 2.1.3, by the names of its drawing: seven leaves."""
    tree = Grown(LEAVES[:7])
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = merkle.node_hash(a, b), merkle.node_hash(c, d), merkle.node_hash(e, f)
    k, l = merkle.node_hash(g, h), merkle.node_hash(i, j)  # noqa: E741 the drawing's names

    assert [tree.inclusion(index, 7) for index in (0, 3, 4, 6)] == [[b, h, l], [c, g, l], [f, j, k], [i, k]]
    assert [tree.consistency(old, 7) for old in (3, 4, 6)] == [[c, d, g, l], [l], [i, j, k]]


@pytest.mark.parametrize("size", range(1, 71))
def test_roots_and_proofs_are_the_definitions(size: int) -> None:
    assert TREE.root(size) == mth(LEAVES[:size])
    for index in range(size):
        proof = TREE.inclusion(index, size)
        assert proof == path(index, LEAVES[:size])
        assert merkle.includes(LEAVES[index], (index, size), proof, TREE.root(size))
    for old in range(1, size + 1):
        proof = TREE.consistency(old, size)
        assert proof == subproof(old, LEAVES[:size])
        assert merkle.continues((old, size), proof, (TREE.root(old), TREE.root(size)))


@given(st.integers(1, 70), st.data())
def test_another_leaf_place_path_or_root_is_not_proven(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index) if size > 1 else st.just(size))
    proof, root = TREE.inclusion(index, size), TREE.root(size)

    assert not merkle.includes(LEAVES[(index + 1) % 70], (index, size), proof, root)
    assert not merkle.includes(LEAVES[index], (other, size), proof, root)
    assert not merkle.includes(LEAVES[index], (index, size), [*proof, LEAVES[0]], root)
    assert not merkle.includes(LEAVES[index], (index, size), proof, merkle.leaf_hash(root))
    if proof:
        assert not merkle.includes(LEAVES[index], (index, size), proof[:-1], root)
        assert not merkle.includes(LEAVES[index], (index, size), [*proof[:-1], LEAVES[69]], root)


@given(st.integers(1, 69), st.data())
def test_a_rewritten_beginning_is_not_continued(old: int, data: st.DataObject) -> None:
    new = data.draw(st.integers(old + 1, 70))
    changed = data.draw(st.integers(0, old - 1))
    other = Grown([merkle.leaf_hash(b"other") if at == changed else leaf for at, leaf in enumerate(LEAVES)])
    roots = (TREE.root(old), other.root(new))

    assert not merkle.continues((old, new), other.consistency(old, new), roots)
    assert not merkle.continues((old, new), TREE.consistency(old, new), roots)
    assert not merkle.continues((old, new), TREE.consistency(old, new)[:-1], (TREE.root(old), TREE.root(new)))
    assert not merkle.continues((old, new), [], (TREE.root(old), TREE.root(new)))


def test_a_proof_is_short() -> None:
    chance = random.Random(1)
    longest = max(len(merkle.inclusion(chance.randrange(100_000), 100_000)) for _ in range(1000))

    assert longest == 17


def test_from_nothing_everything_continues() -> None:
    assert merkle.continues((0, 7), [], (merkle.EMPTY, TREE.root(7)))
    assert not merkle.continues((0, 7), [], (TREE.root(1), TREE.root(7)))
    assert merkle.continues((7, 7), [], (TREE.root(7), TREE.root(7)))
    assert not merkle.continues((7, 6), [], (TREE.root(7), TREE.root(6)))
