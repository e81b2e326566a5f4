"""Every carrier we have an adapter for, one line each. A carrier without an adapter is lawful: it is a row only."""

from importlib import import_module
from pathlib import Path

from carriers.carrier import Carrier


def _load() -> tuple[Carrier, ...]:
    found = []
    for d in sorted(Path(__file__).parent.iterdir()):
        if (d / "__init__.py").exists():
            try:
                found.append(import_module(f"carriers.{d.name}").CARRIER)
            except Exception:
                continue
    return tuple(found)


CARRIERS: tuple[Carrier, ...] = _load()

BY_CODE = {carrier.code: carrier for carrier in CARRIERS}
