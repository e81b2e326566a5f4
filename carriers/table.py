"""A carrier's status table: rows in, meanings out. One reading for adapters, partners and counts."""

from collections.abc import Iterable

from carriers import vocabulary
from carriers.carrier import Code, Meaning
from db.enums import Confidence


def codes(
    namespace: str, rows: Iterable[tuple[str, str, str]], confidence: Confidence = Confidence.HIGH
) -> tuple[Code, ...]:
    """Rows of (code, the carrier's text, a word of the vocabulary) as codes of one namespace."""
    return tuple(Code(namespace, code, text, vocabulary.meaning(word), confidence) for code, text, word in rows)


class Table:
    """Looks codes up by namespace. A code outside the table is UNKNOWN, kept by its raw text and counted."""

    def __init__(self, rows: Iterable[Code]) -> None:
        self.rows = tuple(rows)
        self._meanings: dict[tuple[str, str], Meaning] = {}
        for row in self.rows:
            key = (row.namespace, row.code)
            if key in self._meanings:
                raise ValueError(f"code twice in one table: {key}")
            self._meanings[key] = row.meaning

    def meaning(self, namespace: str, code: str | None) -> Meaning:
        """What a code says in one namespace."""
        return self._meanings.get((namespace, code or ""), vocabulary.UNKNOWN)
