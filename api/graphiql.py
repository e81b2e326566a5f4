"""GraphiQL, served whole by us: one page and its files, under a policy that allows no other origin."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

ASSETS = Path(__file__).parent / "assets"
TYPES = {".js": "text/javascript", ".css": "text/css"}
# GraphiQL's editor writes style attributes and its style sheet carries its fonts; scripts are files of ours, only.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Waybridge: GraphiQL</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/graphql/assets/graphiql.min.css">
    <link rel="stylesheet" href="/graphql/assets/page.css">
  </head>
  <body>
    <div id="graphiql">Loading GraphiQL</div>
    <script src="/graphql/assets/react.production.min.js"></script>
    <script src="/graphql/assets/react-dom.production.min.js"></script>
    <script src="/graphql/assets/graphiql.min.js"></script>
    <script src="/graphql/assets/start.js"></script>
  </body>
</html>
"""


def page() -> Response:
    """The page itself; it needs no credential, what it asks does."""
    return HTMLResponse(
        PAGE,
        headers={
            "content-security-policy": POLICY,
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
            "vary": "accept",
        },
    )


async def asset(request: Request) -> Response:
    """One of the page's files, by its exact name; anything else does not exist."""
    found = _files().get(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    body, type_ = found
    return Response(
        body, media_type=type_, headers={"cache-control": "public, max-age=86400", "x-content-type-options": "nosniff"}
    )


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    return {path.name: (path.read_bytes(), TYPES[path.suffix]) for path in ASSETS.iterdir() if path.suffix in TYPES}


ROUTES = (Route("/graphql/assets/{name}", asset, methods=["GET"]),)
