"""The house's own rules: sizes, floors, papers and settings."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

from api.settings import Settings as ApiSettings
from db.settings import database_settings
from worker.settings import Settings as WorkerSettings

ROOT = Path(__file__).parents[1]
FLOORS = ("api", "schema", "resolvers", "aftersales", "carriers", "db", "worker", "cli")
ROOMS = (*FLOORS, "tests", "benchmarks", "docs")
NOT_OURS = {"node_modules", "__pycache__", "assets"}
NOT_BY_HAND = "db/migrations/versions"
FILE_CEILING, FUNCTION_CEILING = 300, 60
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _files(*suffixes: str, rooms: tuple[str, ...] = ROOMS) -> Iterator[tuple[str, str]]:
    """Our files of these suffixes, by path from the root, with their text."""
    outside = [each for each in ROOT.iterdir() if each.is_file()] if rooms is ROOMS else []
    for path in sorted([*outside, *(each for room in rooms for each in (ROOT / room).rglob("*"))]):
        if path.is_file() and path.suffix in suffixes and not NOT_OURS & set(path.parts):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


CODE = dict(_files(".py"))
BY_HAND = {path: text for path, text in CODE.items() if not path.startswith(NOT_BY_HAND)}


def _lines_with(pattern: str, texts: dict[str, str]) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


def test_no_file_is_longer_than_its_ceiling() -> None:
    lengths = {path: len(text.splitlines()) for path, text in BY_HAND.items()}

    assert {path: length for path, length in lengths.items() if length > FILE_CEILING} == {}


def test_no_function_is_longer_than_its_ceiling() -> None:
    lengths = {
        f"{path}:{each.name}": (each.end_lineno or each.lineno) - each.lineno + 1
        for path, text in BY_HAND.items()
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > FUNCTION_CEILING} == {}


def test_annotations_are_read_as_they_stand() -> None:
    assert _lines_with(r"^from __future__ import", CODE) == []


def test_what_is_left_to_do_has_an_issue() -> None:
    assert _lines_with(r"#.*\b(TO" + r"DO|FIX" + r"ME)\b(?!.*#\d)", CODE) == []


def test_an_exception_to_a_rule_has_its_reason() -> None:
    assert _lines_with(r"# noqa(: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*)?$", BY_HAND) == []
    assert _lines_with(r"# type: ignore(\[[a-z, -]+\])?$", BY_HAND) == []


def test_ruff_keeps_all_rules_but_the_explained() -> None:
    lint = PYPROJECT["tool"]["ruff"]["lint"]
    excused = [*lint["ignore"], *(rule for rules in lint["per-file-ignores"].values() for rule in rules)]
    section = (
        (ROOT / "pyproject.toml").read_text("utf-8").split("[tool.ruff.lint]")[1].split("[tool.ruff.lint.isort]")[0]
    )

    assert lint["select"] == ["ALL"]
    assert not {"F", "F6", "F60", "F601"} & set(excused)
    assert [line for line in section.splitlines() if re.match(r'\s+"[A-Z]+[0-9]*"', line) and "#" not in line] == []


def test_no_file_tells_where_it_was_made() -> None:
    texts = dict(_files(".py", ".md", ".toml", ".txt", ".lock", ".json", ".csv", ".graphql", ".mako", ".cjs", ""))
    places = (
        r"(?<![\w.])/(work|opt|root|home/\w+)/|shared" + r"/design|py" + r"pi\.org|python" + r"hosted|npm" + r"js\.org"
    )

    assert _lines_with(places, texts) == []


def test_only_a_carrier_speaks_in_its_package() -> None:
    spoken = {path for path, text in _files(".py", rooms=FLOORS) if path.endswith("__init__.py") and text.strip()}

    assert spoken == {f"carriers/{name}/__init__.py" for name in _carriers()}


def _carriers() -> list[str]:
    return sorted(each.parent.name for each in (ROOT / "carriers").glob("*/__init__.py"))


def test_the_floors_stand() -> None:
    """Import contracts of pyproject.toml; ``lint-imports`` tells more."""
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_carrier_is_kept_apart_from_the_others() -> None:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    [apart] = [each["modules"] for each in contracts if each["type"] == "independence"]

    assert sorted(apart) == [f"carriers.{name}" for name in _carriers()]


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "docs/NOTICE.md", "constraints.txt", "requirements.lock"]
)
def test_the_papers_are_here(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").strip()


def test_decisions_are_numbered_and_say_their_price() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))

    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        headings = re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert headings == ["Context", "Choice", "Price"], path.name


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, **kept: str) -> None:
        super().__init__(kept)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """What is kept, and a note that it was wanted."""
        self.names.add(name)
        return super().get(name, default)


def _table() -> dict[str, str]:
    """The README's settings: name -> default."""
    section = (ROOT / "README.md").read_text("utf-8").split("| setting |", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip().strip("`") for cell in row.strip("| ").split("|")] for row in section.splitlines()[2:]]
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("read", [ApiSettings.from_environ, WorkerSettings.from_environ, database_settings])
def test_the_readme_has_every_setting_of_an_entrance(read: Callable[[Asked], object], tmp_path: Path) -> None:
    environ = Asked(WAYBRIDGE_DATABASE_URL=f"sqlite:///{tmp_path}/waybridge.db")
    read(environ)

    assert environ.names - set(_table()) == set()


def test_the_readme_has_no_setting_that_nobody_reads() -> None:
    read = Asked(WAYBRIDGE_DATABASE_URL="postgresql:///waybridge", WAYBRIDGE_SECRET_KEY="A" * 43 + "=")
    ApiSettings.from_environ(read)
    WorkerSettings.from_environ(read)
    written = {name for text in CODE.values() for name in re.findall(r'"(WAYBRIDGE_[A-Z_]*[A-Z])"', text)}

    assert set(_table()) - read.names - written == set()


def test_the_readme_tells_the_limits_as_they_are() -> None:
    limits = ApiSettings.from_environ(
        {"WAYBRIDGE_DATABASE_URL": "postgresql:///waybridge", "WAYBRIDGE_SECRET_KEY": "A" * 43 + "="}
    ).limits
    told = {name: default for name, default in _table().items() if name.startswith("WAYBRIDGE_LIMIT_")}

    assert told == {
        f"WAYBRIDGE_LIMIT_{name.upper()}": f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in vars(limits).items()
    }
