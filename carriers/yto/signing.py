"""YTO's signature: Base64(MD5(param + method + version + secret))."""

from carriers import wire

VERSION = "v1"


def sign(param: str, method: str, secret: str) -> str:
    """The signature of a call; ``param`` exactly as sent, ``method`` the interface's name in the address."""
    return wire.md5_base64(param + method + VERSION + secret)
