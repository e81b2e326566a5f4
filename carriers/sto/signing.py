"""STO's gateway: one address, a form that names the service and holds its content with a digest."""

from typing import Any

from carriers import wire
from carriers.carrier import Access, Request

PATH = "/gateway/link.do"


def digest(content: str, secret: str) -> str:
    """Base64(MD5(content + secretKey)), over the content exactly as sent."""
    return wire.md5_base64(content + secret)


def request(api: str, service: str, content: dict[str, Any], access: Access) -> Request:
    """A signed call of one service."""
    text, key = wire.compact(content), access.credential("app_key")
    fields = {
        "content": text,
        "api_name": api,
        "from_appkey": key,
        "from_code": access.credentials.get("from_code") or key,
        "to_appkey": service,
        "to_code": service,
        "data_digest": digest(text, access.credential("secret_key")),
    }
    return wire.form_request(access.base_url + PATH, fields)
