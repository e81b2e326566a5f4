"""Proofs that a merchant's log is what it was: signed heads to keep, and what ties an entry to them."""

from datetime import datetime

import strawberry

from resolvers import proofs as answers
from schema.feed import Change
from schema.fields import described, resolved


@strawberry.type(
    description="The size and root of a merchant's log at a moment, signed. Keep `note` where we cannot reach it: it is "
    "all that needs to be trusted."
)
class LogHead:
    size: int = described("How many entries it stands for: numbers 1 to size.")
    root_hash: str = described("The root of the Merkle tree over them (RFC 6962), in hexadecimal.")
    signed_at: datetime = described("When it was signed (UTC).")
    note: str = described("The signed note (C2SP signed-note and tlog-checkpoint, ed25519), to be kept as it is.")
    public_key: str = described("The verifier key of the notes, as in C2SP signed-note. Keep it with the first note.")


@strawberry.type(
    description="That an entry is in the log under a signed head. Hash `salt` and `content` to find the entry's "
    "commitment, the entry to find its leaf, and go up the path to the head's root."
)
class LogInclusionProof:
    change: Change = described("The entry.")
    entry: str = described("What the leaf is the hash of, byte for byte (canonical JSON, RFC 8785).")
    content: str | None = described(
        "What the entry commits to, byte for byte; null where it was erased, the entry stays provable."
    )
    salt: str | None = described("What is hashed before the content, in hexadecimal.")
    leaf_hash: str = described("SHA-256 of a zero byte and the entry, in hexadecimal.")
    index: int = described("Its place in the tree, from 0: its number less one.")
    path: list[str] = described("The hashes beside it on the way up, the lowest first, in hexadecimal.", size=17)
    head: LogHead = described("The head it is proven against.")


@strawberry.type(description="That the log of some size is the beginning of the log of another (RFC 6962, 2.1.2).")
class LogConsistencyProof:
    from_size: int = described("The smaller size.")
    to_size: int = described("The larger size.")
    from_root_hash: str = described("The root at the smaller size, in hexadecimal: that of the head kept.")
    to_root_hash: str = described("The root at the larger size, in hexadecimal.")
    path: list[str] = described("The hashes that lead to both, in hexadecimal.", size=17)


@strawberry.type
class ProofQueries:
    log_head: LogHead | None = resolved(
        by=answers.log_head,
        description="The newest signed head of the merchant's log, or the one of a size. Signed every 1,000 entries, or "
        "hourly. For a merchant, or a platform acting for one.",
    )
    log_inclusion_proof: LogInclusionProof | None = resolved(
        by=answers.log_inclusion_proof,
        description="That the entry at a position is in the log, under the newest signed head or the one of a size; null "
        "while no such head covers it.",
    )
    log_consistency_proof: LogConsistencyProof = resolved(
        by=answers.log_consistency_proof,
        description="That the merchant's log of one size is the beginning of the log of another: nothing below was changed.",
    )
