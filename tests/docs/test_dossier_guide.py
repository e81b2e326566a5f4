"""The program in the guide for partners, run as a partner runs it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.test_feed import read
from tests.resolvers.test_proofs import seller_with

GUIDE = (Path(__file__).parents[2] / "docs/guides/check-a-dossier.md").read_text("utf-8")
[PROGRAM] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
HEAD, _, PROOF = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)


def check(folder: Path, key: str, note: str, proof: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    for name, text in (("check.py", PROGRAM), ("key", key), ("head", note), ("proof", json.dumps(proof))):
        (folder / name).write_text(text, "utf-8")
    command = [sys.executable, "check.py", "key", "head", "proof"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


async def test_the_guides_program_proves_an_entry_and_nothing_else(api: Api, store: Store, tmp_path: Path) -> None:
    seller: make.Someone = await seller_with(store, 7)
    kept = (await api.ask(seller, HEAD))["logHead"]
    change = (await read(api, seller))["nodes"][4]
    proof = (await api.ask(seller, PROOF, position=change["position"]))["logInclusionProof"]

    proven = check(tmp_path, kept["publicKey"], kept["note"], proof)
    assert proven.stdout.startswith(f"proven: shipment.scanned {change['subjectId']} version 5"), proven.stderr

    forged = proof | {"content": proof["content"].replace('"MERCHANT"', '"CARRIER"')}
    assert "not what the entry commits to" in check(tmp_path, kept["publicKey"], kept["note"], forged).stderr
    other = proof | {"entry": proof["entry"].replace('"version":5', '"version":6')}
    assert "not under this head" in check(tmp_path, kept["publicKey"], kept["note"], other).stderr
    resigned = kept["note"].replace("\n7\n", "\n8\n")
    assert "InvalidSignature" in check(tmp_path, kept["publicKey"], resigned, proof).stderr
