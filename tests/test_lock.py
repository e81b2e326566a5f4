"""What is installed is what was tested: two files of exact versions, in step with pyproject.toml and each other."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DIRECT_CEILING, RUNTIME_CEILING = 25, 60


def _lines(name: str) -> list[str]:
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _exact(name: str) -> dict[str, str]:
    """Package -> version."""
    found = [
        re.fullmatch(r"([a-z0-9-]+)==([^\s;]+)( ; .*?)?( +--hash=sha256:[0-9a-f]{64})*", each) for each in _lines(name)
    ]
    assert all(found), [line for line, match in zip(_lines(name), found, strict=True) if not match]
    return {match[1]: match[2] for match in found if match}


TESTED, RUNNING = _exact("constraints.txt"), _exact("requirements.lock")


def _fits(wanted: list[str], exact: dict[str, str]) -> list[str]:
    """Requirements that the file leaves open or answers with a version they refuse."""
    requirements = [Requirement(each) for each in wanted]
    return [
        str(each)
        for each in requirements
        if not each.specifier.contains(exact.get(canonicalize_name(each.name), "0"), prereleases=True)
    ]


def test_the_tested_versions_are_those_pyproject_asks_for() -> None:
    assert _fits([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]], TESTED) == []


def test_the_running_versions_are_those_pyproject_asks_for() -> None:
    assert _fits(PROJECT["dependencies"], RUNNING) == []


def test_what_runs_is_what_was_tested() -> None:
    assert {name: version for name, version in RUNNING.items() if TESTED.get(name) != version} == {}


def test_what_runs_has_no_tool_of_the_tests() -> None:
    only_tests = {canonicalize_name(Requirement(each).name) for each in PROJECT["optional-dependencies"]["test"]}

    assert only_tests & set(RUNNING) == set()


def test_all_that_runs_has_its_hashes() -> None:
    assert [line.split()[0] for line in _lines("requirements.lock") if "--hash=sha256:" not in line] == []


def test_each_package_stands_once_and_in_order() -> None:
    for name in ("constraints.txt", "requirements.lock"):
        packages = [line.split("==")[0] for line in _lines(name)]
        assert all(one < next_one for one, next_one in pairwise(packages)), name


def test_no_address_stands_in_either() -> None:
    for name in ("constraints.txt", "requirements.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"://|file:|(?m:^(?!#).*--(index|extra|find|trusted))", text), name


def test_few_packages_run() -> None:
    assert len(PROJECT["dependencies"]) <= DIRECT_CEILING
    assert len(RUNNING) <= RUNTIME_CEILING
