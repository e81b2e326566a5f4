"""A carrier's status table: rows in, meanings out. One reading for adapters, partners and counts."""

import csv
from collections.abc import Callable, Iterable
from importlib import resources

from carriers import vocabulary
from carriers.carrier import Code, Meaning
from db.enums import Confidence


def codes(
    namespace: str, rows: Iterable[tuple[str, str, str]], confidence: Confidence = Confidence.HIGH
) -> tuple[Code, ...]:
    """Rows of (code, the carrier's text, a word of the vocabulary) as codes of one namespace."""
    return tuple(Code(namespace, code, text, vocabulary.meaning(word), confidence) for code, text, word in rows)


def kept_beside(package: str, meaning: Callable[[str, str], Meaning]) -> tuple[Code, ...]:
    """The rows of a package's ``statuses.csv`` (namespace, code, text, word, confidence), for tables too long for a
    page of code; ``meaning`` is told each row's code and word."""
    text = resources.files(package).joinpath("statuses.csv").read_text(encoding="utf-8")
    return tuple(
        Code(
            row["namespace"], row["code"], row["text"], meaning(row["code"], row["word"]), Confidence(row["confidence"])
        )
        for row in csv.DictReader(text.splitlines())
    )


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
