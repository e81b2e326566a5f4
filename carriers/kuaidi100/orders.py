"""The form of Kuaidi100's order calls, and how a door and a carrier are told there."""

from collections.abc import Mapping
from typing import Any

from carriers import times, wire
from carriers.carrier import Access, CannotAsk, Contact, Order, Request
from carriers.kuaidi100 import companies
from carriers.kuaidi100.tracking import param, sign

PATH = "/order/borderapi.do"
# Who comes to a door, and the product each of them has there; the others call theirs STANDARD.
SENDERS = ("sf", "jd", "zto", "sto", "yto", "yunda", "jtexpress")
PRODUCTS = {"sf": "顺丰标快", "jd": "特惠送"}
STANDARD = "标准快递"
LONGEST_ADDRESS = 300  # bytes


def signed(url: str, method: str, message: Mapping[str, Any], access: Access) -> Request:
    """A call of one method, signed over what is sent, the time, the key and the secret."""
    text, moment = param(message), str(times.millis(access.now))
    key, secret = access.credential("key"), access.credential("secret")
    proof = sign(text, moment, key, secret)
    return wire.form_request(url, {"key": key, "method": method, "t": moment, "param": text, "sign": proof})


def company(order: Order) -> str:
    """Our code of the carrier that is to come: the order's ``carrier``, or its ``service`` where that names one."""
    named = order.carrier or order.service
    if named not in SENDERS:
        raise CannotAsk(f"kuaidi100 must be told which carrier is to come: {', '.join(SENDERS)}")
    return named


def com(code: str) -> str:
    """Their code of one of our carriers."""
    return companies.COMS[code]


def product(order: Order) -> str:
    """Their name of the carrier's product: the order's ``service``, unless that names the carrier."""
    named = "" if order.service in SENDERS else order.service
    return named or PRODUCTS.get(company(order), STANDARD)


def address(door: Contact) -> str:
    """A door in one line. CannotAsk where it is longer than they take: half an address is a wrong one."""
    places = dict.fromkeys((door.region, door.city, door.district))  # a city that is its own province is told once
    line = "".join(places) + door.in_one_line()
    if len(line.encode()) > LONGEST_ADDRESS:
        raise CannotAsk(f"kuaidi100 takes an address of at most {LONGEST_ADDRESS} bytes")
    return line


def weight(order: Order) -> str:
    """Kilograms, as text."""
    return f"{wire.kilograms(order.weight_grams):g}"
