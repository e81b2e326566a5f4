"""Forges a log of 10,000 entries 10,000 times and counts what the verifier misses; then how fast 100,000 are verified, and
how fast and short a proof of one of them is. ``python -m benchmarks.tampering [--times N]``."""

import argparse
import random
import time
from collections import Counter

from aftersales.rules import merkle
from aftersales.rules.verifying import verify
from tests.aftersales import tampering


def forge(times: int, seed: int) -> None:
    chance = random.Random(seed)
    log = tampering.keep(10_000, chance)
    missed, done = Counter[str](), Counter[str]()
    start = time.perf_counter()
    for turn in range(times):
        forgery = tampering.FORGERIES[turn % len(tampering.FORGERIES)]
        lines = list(log.lines)
        forgery(lines, chance)
        done[forgery.__name__] += 1
        if lines != log.lines and not verify(lines, tampering.MERCHANT, log.heads).problem:
            missed[forgery.__name__] += 1
    print(f"{times:,} forgeries ({dict(done)}): {sum(missed.values())} missed, {time.perf_counter() - start:.0f} s")


def prove(size: int, seed: int) -> None:
    chance = random.Random(seed)
    log = tampering.keep(size, chance)
    start = time.perf_counter()
    check = verify(log.lines, tampering.MERCHANT, log.heads)
    print(
        f"{check.proven:,} entries verified in {time.perf_counter() - start:.2f} s (goal 10), problem: {check.problem}"
    )
    nodes, peaks = {}, list[bytes]()
    for index in range(size):
        leaf = merkle.leaf_hash(str(index).encode())
        for level, root in enumerate([leaf, *merkle.append(peaks, index, leaf)]):
            nodes[level, index >> level] = root
    start, longest = time.perf_counter(), 0
    for _ in range(1000):
        path = merkle.proof(merkle.inclusion(chance.randrange(size), size), nodes.__getitem__)
        longest = max(longest, len(path))
    print(f"a proof: {time.perf_counter() - start:.3f} ms (goal 1) of at most {longest} hashes (goal 20), in memory")


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--times", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    prove(100_000, given.seed)
    forge(given.times, given.seed)
