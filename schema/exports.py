"""Bulk exports: all rows of a connection as a file of JSON lines."""

from datetime import datetime
from typing import Any

import strawberry

from db.models.exports import ExportState
from resolvers import exports as answers
from resolvers.context import Info
from resolvers.mutation import Touches
from resolvers.pages import Asked
from schema.connections import Connection
from schema.fields import described, mutation, resolved
from schema.node import Node
from schema.payloads import Payload, value


def _of(name: str) -> Any:
    return lambda root: root[name]


@strawberry.type(description="Why an export failed.")
class ExportError:
    code: str = resolved(by=_of("code"), description="A code as in `errors[].extensions.code`; a client may act on it.")
    message: str = resolved(by=_of("message"), description="A whole sentence for people.")


@strawberry.type(
    description="All rows of a connection, written to a file of JSON lines in the background: one node a line, in UTF-8. "
    "It reads as the credential that asked for it may, page by page, and goes on where it was when we are restarted."
)
class Export(Node):
    state: ExportState = described("How far it has come.")
    query: str = described("What is exported, as it was given.")
    rows: int = described("How many rows are in the file.")
    total_rows: int | None = resolved(
        by=lambda root: root.total, description="How many there were when it began; null where nobody can say."
    )
    size_bytes: float = described("How large the file is, in bytes: a whole number, perhaps above 2^31.")
    progress: float | None = resolved(
        by=answers.progress, description="Rows in the file among all, 0 to 1; null where the total is not known."
    )
    error: ExportError | None = resolved(by=answers.error, description="Why it failed.")
    url: str | None = resolved(
        by=answers.url,
        description="Gives the file to whoever holds the address, for 15 minutes; ask again for a fresh one. Takes Range, "
        "and gzips when asked to. Null until it is done, and when the file is gone.",
    )
    url_expires_at: datetime | None = resolved(by=answers.url_expires_at, description="Until when `url` is good (UTC).")
    file_until: datetime | None = resolved(
        by=answers.file_until, description="When the file will be removed (UTC): seven days after it was done."
    )
    created_at: datetime = described("When it was asked for (UTC).")
    started_at: datetime | None = described("When it began (UTC).")
    done_at: datetime | None = described("When it was done, failed or was canceled (UTC).")


@strawberry.type(description="An export, or why not.")
class ExportPayload(Payload):
    export: Export | None = value("The export as it stands; null when refused.")


async def _exports(info: Info, first: int, after: str | None = None) -> Any:
    return await answers.exports(info, Asked(first, after))


@strawberry.type
class ExportQueries:
    export: Export | None = resolved(by=answers.export, description="One of the partner's own exports by its id.")
    exports: Connection[Export] = resolved(
        by=_exports, description="The partner's own exports, the newest first, 1 to 100 at a time."
    )


@strawberry.type
class ExportMutations:
    export_create: ExportPayload = mutation(
        by=answers.create,
        scope=None,
        touches=Touches.OWN_THINGS,
        keyed=True,
        description="Has all rows of a connection written to a file in the background; at most five of a partner's run at "
        "once. Needs the scopes of what it reads.",
    )
    export_cancel: ExportPayload = mutation(
        by=answers.cancel,
        scope=None,
        touches=Touches.OWN_THINGS,
        description="Ends an export that waits or runs; its file is removed. Needs no scope.",
    )
