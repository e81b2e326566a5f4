"""Each entrance opens by itself, whichever is imported first."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["api.app", "worker.run", "cli.main", "aftersales.bookings", "aftersales.hearing"])
def test_an_entrance_opens_by_itself(module: str) -> None:
    opened = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True, check=False)

    assert (opened.returncode, opened.stderr) == (0, "")
