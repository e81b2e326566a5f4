"""J&T's two digests: of the whole call in a header, and of the customer inside an order's content."""

from carriers import wire


def digest(content: str, private_key: str) -> str:
    """The header's digest: Base64(MD5(bizContent + privateKey)), over the content exactly as sent."""
    return wire.md5_base64(content + private_key)


def customer_digest(customer_code: str, password: str, private_key: str) -> str:
    """The digest inside an order's content. J&T salts the customer's password with one fixed text."""
    salted = wire.md5_hex(password + "jadada236t2").upper()
    return wire.md5_base64(customer_code + salted + private_key)
