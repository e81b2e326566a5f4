import json
import subprocess
import sys
from pathlib import Path

from graphql import build_schema

from tests.cli.conftest import said

WAYBRIDGE = Path(sys.executable).with_name("waybridge")


def test_the_schema_is_printed_in_sdl() -> None:
    printed = said("schema", "print")

    assert printed.code == 0
    assert "type Query {" in printed.out
    build_schema(printed.out, assume_valid=True)


def test_nothing_differs_from_itself(tmp_path: Path) -> None:
    kept = tmp_path / "kept.graphql"
    kept.write_text(said("schema", "print").out)

    same = said("schema", "diff", str(kept), "--json")

    assert same.code == 0
    assert same.json == []


def test_what_breaks_partners_ends_with_1(tmp_path: Path) -> None:
    kept = tmp_path / "kept.graphql"
    kept.write_text(said("schema", "print").out.replace("type Query {", "type Query {\n  goneTomorrow: Int\n", 1))

    broken = said("schema", "diff", str(kept), "--json")

    assert broken.code == 1
    assert [change["level"] for change in broken.json] == ["breaking"]
    assert "goneTomorrow" in broken.json[0]["description"]


def test_what_is_new_is_safe(tmp_path: Path) -> None:
    kept = tmp_path / "kept.graphql"
    kept.write_text("type Query {\n  node(id: ID!): Node\n}\n\ninterface Node {\n  id: ID!\n}\n")

    grown = said("schema", "diff", str(kept))

    assert grown.code == 0
    assert grown.out.startswith("safe")


def test_a_ref_that_is_none_is_named(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.graphql"
    rubbish.write_text("type {")

    for ref in ("no-such-ref", "--output=x", str(rubbish)):
        refused = said("schema", "diff", "--", ref)
        assert refused.code == 2
        assert refused.err.startswith(f"{ref}: ")


def test_the_installed_command_explains_itself() -> None:
    helped = subprocess.run([WAYBRIDGE, "--help"], capture_output=True, check=True, text=True).stdout

    for command in ("migrate", "check", "serve", "worker", "backup", "keys", "accounts", "carriers", "inbox", "schema"):
        assert command in helped
    unknown = subprocess.run([WAYBRIDGE, "frobnicate"], capture_output=True, check=False, text=True)
    assert unknown.returncode == 2
    assert "Traceback" not in unknown.stderr
    json.dumps(helped)
