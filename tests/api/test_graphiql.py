"""GraphiQL comes whole from us, under a policy without any foreign origin."""

import re

from tests.api.toy import door

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_browser_gets_the_page() -> None:
    response = await door().send("GET", headers=BROWSER)

    policy = response.headers["content-security-policy"]
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search(r"https?:|\*|unsafe-eval", policy)


async def test_everything_the_page_names_is_served_by_us() -> None:
    knock = door()
    page = (await knock.send("GET", headers=BROWSER)).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert len(addresses) == 7
    for address in set(addresses) - {"data:,"}:
        assert address.startswith("/graphql/assets/")
        response = await knock.send("GET", url=address)
        assert response.status_code == 200
        assert response.headers["content-type"].split(";")[0] == (
            "text/css" if address.endswith("css") else "text/javascript"
        )


async def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    sheet = (await door().send("GET", url="/graphql/assets/graphiql.min.css")).text

    assert set(re.findall(r"url\((\w+):", sheet)) == {"data"}
    assert "@import" not in sheet


async def test_one_can_put_a_credential_into_the_headers() -> None:
    start = (await door().send("GET", url="/graphql/assets/start.js")).text

    assert "isHeadersEditorEnabled: true" in start
    assert "Authorization" in start


async def test_nothing_else_can_be_fetched_from_there() -> None:
    for name in ("README.md", "graphiql.LICENSE", "..%2fgraphql.py", "missing.js"):
        response = await door().send("GET", url=f"/graphql/assets/{name}")
        assert response.status_code == 404
