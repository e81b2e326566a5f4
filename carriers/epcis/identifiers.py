"""EPCs as partners write them: URNs, GS1 Digital Links, and the eighteen digits printed on a parcel (SSCC)."""

import re

_URN = re.compile(r"urn:epc:id:sscc:(\d{6,12})\.(\d)(\d{4,10})")
_LINK = re.compile(r"https?://[^?#]+/00/(\d{18})(?:[/?#].*)?")
_TERM = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp):|https?://(?:ref|ns)\.gs1\.org/cbv/(?:BizStep|Disp)-|cbv:(?:BizStep|Disp)-)?"
    r"([a-z_]+)"
)


def sscc(epc: str) -> str | None:
    """The eighteen digits of a logistic unit, check digit included; None for any other identifier."""
    link = _LINK.fullmatch(epc)
    if link:
        return link.group(1)
    urn = _URN.fullmatch(epc)
    digits = "".join((urn.group(2), urn.group(1), urn.group(3))) if urn else ""
    if len(digits) != 17:
        return None
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def epc(number: str) -> str:
    """A number to ask for: a bare SSCC as its Digital Link, anything else as it is."""
    return f"https://id.gs1.org/00/{number}" if re.fullmatch(r"\d{18}", number) else number


def term(text: str) -> str:
    """A term of the core vocabulary, bare, prefixed or as a full address; "" for a foreign vocabulary's."""
    found = _TERM.fullmatch(text)
    return found.group(1) if found else ""
