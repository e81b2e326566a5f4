"""Magic tracking numbers: in each carrier's own form, the last two digits before the check digit choose the script."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from carriers.scripts import SCRIPTS, Script


def _no_check(_serial: str) -> str:
    return ""


def _thrice(serial: str) -> str:
    """GS1's modulo 10: from the right, every first digit three times."""
    return str(-sum(int(digit) * (3 - 2 * (i % 2)) for i, digit in enumerate(reversed(serial))) % 10)


def _remainder(serial: str) -> str:
    """DHL Express: the remainder by seven."""
    return str(int(serial) % 7)


def _weighted(serial: str) -> str:
    """FedEx: weights 3, 1, 7, modulo 11, then 10."""
    return str(sum(int(digit) * (3, 1, 7)[i % 3] for i, digit in enumerate(serial)) % 11 % 10)


def _doubled(serial: str) -> str:
    """UPS, over what follows 1Z: letters as (code - 3) modulo 10, every second twice."""
    values = [int(c) if c.isdecimal() else (ord(c) - 3) % 10 for c in serial.removeprefix("1Z")]
    return str(-sum(value * (1 + i % 2) for i, value in enumerate(values)) % 10)


@dataclass(frozen=True, slots=True)
class Form:
    """How a carrier's sandbox numbers look: a prefix, digits of which the last two choose the script, a check digit."""

    prefix: str
    digits: int
    check: Callable[[str], str] = _no_check

    @property
    def pattern(self) -> str:
        """A regular expression whose only group is the script's code."""
        return rf"{self.prefix}[0-9]{{{self.digits - 2}}}([0-9]{{2}}){'' if self.check is _no_check else '[0-9]'}"


FORMS = {
    "sf": Form("SF", 13),
    "zto": Form("75", 12),
    "yto": Form("YT", 13),
    "sto": Form("77", 13),
    "yunda": Form("46", 11),
    "jd": Form("JD", 13),
    "jtexpress": Form("JT", 13),
    "cainiao": Form("LP", 14),
    "fedex": Form("7", 10, _weighted),
    "ups": Form("1ZWB260003", 7, _doubled),
    "usps": Form("94001900000000", 7, _thrice),
    "dhl_express": Form("26", 7, _remainder),
    "dhl_parcel_de": Form("00340", 14, _thrice),
    "dhl_unified": Form("GM", 16),
    "easypost": Form("EZ", 10),
    "dcsa": Form("WBDU", 7),
    "epcis": Form("3952", 13, _thrice),
}
"""By carrier. Kuaidi100 has no numbers of its own: it follows the others'."""


def number(carrier: str, script: Script, variant: int = 1) -> str:
    """The magic number of a script, in the carrier's form; variants tell several of one script apart."""
    form = FORMS[carrier]
    serial = f"{form.prefix}{variant:0{form.digits - 2}d}{script.code}"
    return serial + form.check(serial)


def numbers_in(text: str) -> Iterator[str]:
    """Every magic number in a text, of whatever carrier."""
    return (found[0] for found in _anywhere().finditer(text))


def meant(number_: str) -> tuple[str, Script] | None:
    """The carrier whose form the number has, and the script it chooses; None for a number that is not magic."""
    for carrier, form in FORMS.items():
        found = re.fullmatch(form.pattern, number_)
        if found and found[1] in SCRIPTS:
            return carrier, SCRIPTS[found[1]]
    return None


@cache
def _anywhere() -> re.Pattern[str]:
    forms = "|".join(form.pattern.replace("([0-9]{2})", "[0-9]{2}") for form in FORMS.values())
    return re.compile(rf"(?<![0-9A-Za-z])(?:{forms})(?![0-9A-Za-z])")
