"""Labels: the short-lived address of their file."""

from datetime import datetime

from aftersales import label_files
from db.models.labels import ReturnLabel
from resolvers.context import Info


def url(root: ReturnLabel, info: Info) -> str | None:
    """A fresh link."""
    made = _link(root, info)
    return made[0] if made else None


def url_expires_at(root: ReturnLabel, info: Info) -> datetime | None:
    """Until when a link made now is good."""
    made = _link(root, info)
    return made[1] if made else None


def _link(root: ReturnLabel, info: Info) -> tuple[str, datetime] | None:
    context = info.context
    return label_files.link(context.store.vault, context.public_url, root, context.clock())
