"""Every published status of every carrier is classified, and says what its proposed word says unless listed here.

``deviations.csv`` names each row whose own text plainly says something else than the word proposed for it, or names the
cause or the hands that the word leaves open, with what it says with us and why. A row that is marked low, was generated
by a rule (UPS) or has no word at all is never more than its plain text; it may stay UNKNOWN.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from carriers import vocabulary
from carriers.carrier import Meaning
from carriers.registry import BY_CODE
from db.enums import Confidence, TrackingStatus
from tests.carriers.bench import HERE, SHARED, rows

# Their names of code families, where ours are shorter.
FAMILIES = {
    "GUOGUO order/logistics status": "guoguo",
    "TMS_PRACTICE_TRACE_INFO status": "tms",
    "global actionCode": "actionCode",
    "scan/status code": "scan",
    "notif": "notification",
    "activity type": "type",
    "activity code (2 char)": "exception",
    "currentStatus/statusCode (3 digit)": "status",
    "eventCode": "event",
    "tracker.status": "tracker",
}
NOT_TRACKING = ("pickup.", "claim.")  # held by the tests of pickups; claims come later
UNSURE = re.compile("low|unconfirmed|rule-generated")

PUBLISHED = [path for code in BY_CODE for path in sorted((SHARED / code).glob("statuses.csv"))]


def published(path: Path) -> Iterator[tuple[str, str, str, bool]]:
    """Family, code, proposed word, and whether that word is to be trusted."""
    code = path.parent.name
    for row in rows(path):
        values = list(row.values())
        if code == "dhl_parcel_de":
            yield "ice/ric/standard", "/".join(values[:3]), row["normalized_olts"], True
            continue
        family = FAMILIES.get(values[0], values[0])
        if family.startswith(NOT_TRACKING):
            continue
        word = {"dhl_express": "", "epcis": values[2]}.get(code, values[3] if len(values) > 3 else "")
        generated = code == "ups" and family != "type"
        sure = not generated and bool(word) and not UNSURE.search(row.get("confidence", ""))
        for each in _single(values[1]):
            yield family, each, word, sure


def _single(code: str) -> list[str]:
    """The codes of a row that stands for several: "201-210", "GSTA_SIGN / STA_SIGN", "*_FAIL, *_REJECT"."""
    if span := re.fullmatch(r"(\d{3})-(\d{3})", code):
        return [str(number) for number in range(int(span[1]), int(span[2]) + 1)]
    return [code] if "…" in code else re.split(r" / |, ", code)


def said(meaning: Meaning) -> str:
    """A meaning in one line."""
    parts = (meaning.status, meaning.step, meaning.reason, meaning.delivery_mode)
    return " ".join(part.name for part in parts if part) + (" !" if meaning.action_required else "")


LISTED = {(row["carrier"], row["family"], row["code"]): row for row in rows(HERE / "deviations.csv")}


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.parent.name)
def test_every_published_row_is_ours_and_says_its_word_unless_listed(path: Path) -> None:
    code = path.parent.name
    own = {(row.namespace, row.code): row.meaning for row in BY_CODE[code].codes}
    deviating = {}
    for family, each, word, sure in published(path):
        meaning = own[family, each]
        agrees = meaning == vocabulary.meaning(word)
        plain = not sure and code in {"ups", "dhl_express"}  # nobody proposed a word: the text alone speaks
        if not (agrees or plain or (not sure and meaning == vocabulary.UNKNOWN)):
            deviating[code, family, each] = said(meaning)
    assert deviating == {key: row["says"] for key, row in LISTED.items() if key[0] == code}


@pytest.mark.parametrize("row", LISTED.values(), ids=lambda row: f"{row['carrier']}-{row['code']}")
def test_a_listed_row_says_what_the_list_says_and_why(row: dict[str, str]) -> None:
    own = {(each.namespace, each.code): each.meaning for each in BY_CODE[row["carrier"]].codes}
    assert said(own[row["family"], row["code"]]) == row["says"]
    assert row["word"] in vocabulary.WORDS
    assert row["why"]


@pytest.mark.parametrize("code", BY_CODE)
def test_a_code_says_something_or_is_knowingly_unknown(code: str) -> None:
    for row in BY_CODE[code].codes:
        assert row.meaning.is_mapped or row.meaning.status is TrackingStatus.UNKNOWN
        assert row.confidence in Confidence


def test_our_words_say_what_the_shared_vocabulary_says() -> None:
    for path in [SHARED.parent / "carriers" / "vocabulary.csv"] if PUBLISHED else []:
        with path.open(newline="") as file:
            listed = {row["word"]: row for row in csv.DictReader(file)}
        assert listed.keys() == vocabulary.WORDS.keys()
        for word, row in listed.items():
            told = [row[name] for name in ("status", "step", "reason", "delivery_mode") if row[name]]
            status = "" if row["status"] else "UNKNOWN "
            loud = " !" if row["action_required"] == "true" else ""
            assert said(vocabulary.WORDS[word]) == status + " ".join(told) + loud, word
