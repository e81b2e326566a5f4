"""Who hands goods over or takes them, as carriers are told it."""

from collections.abc import Mapping
from typing import Any

from carriers.booking import Contact


def contact(stored: Mapping[str, Any]) -> Contact:
    """An address as orders keep it, as carriers are told it."""
    text = {
        name: str(stored.get(name) or "") for name in ("name", "phone", "country", "region", "city", "district", "unit")
    }
    return Contact(
        **text,
        region_code=str(stored.get("regionCode") or ""),
        street=tuple(str(line) for line in stored.get("street") or ()),
        postal_code=str(stored.get("postalCode") or stored.get("postal_code") or ""),
        company=str(stored.get("company") or ""),
        email=str(stored.get("email") or ""),
    )
