from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from aftersales import credentials
from db.ids import parse_typeid
from db.models.partners import ApiKey, CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from tests.cli.conftest import Command

pytestmark = pytest.mark.filterwarnings("error")
InStore = Callable[[Any], Any]


def fresh() -> str:
    return f"name {uuid4().hex[:12]}"


@pytest.fixture
def merchant(waybridge: Command) -> str:
    return waybridge("merchants", "create", fresh(), "--country", "CN", "--zone", "Asia/Shanghai").out.strip()


@pytest.fixture
def partner(waybridge: Command, merchant: str) -> str:
    return waybridge("partners", "create", fresh(), "--kind", "merchant", "--merchant", merchant).out.strip()


def test_a_merchant_is_made_and_listed(waybridge: Command) -> None:
    name = "店 " + fresh()

    made = waybridge("merchants", "create", name, "--country", "CN", "--zone", "Asia/Shanghai", "--json")

    assert made.code == 0
    assert made.json["id"].startswith("mer_")
    assert made.json in waybridge("merchants", "list", "--json").json
    assert name in waybridge("merchants", "list").out


@pytest.mark.parametrize(
    ("option", "value", "place"),
    [
        ("--zone", "Mars/Olympus", "zone: "),
        ("--country", "China", "country: "),
        ("--zone", "../../etc/passwd", "zone: "),
    ],
)
def test_a_merchant_with_a_wrong_detail_is_refused_in_one_line(
    waybridge: Command, option: str, value: str, place: str
) -> None:
    refused = waybridge("merchants", "create", fresh(), option, value)

    assert refused.code == 2
    assert refused.out == ""
    assert refused.err.startswith(place)
    assert refused.err.count("\n") == 1


def test_a_platform_is_linked_to_a_merchant_by_name_and_id(waybridge: Command, merchant: str) -> None:
    platform = fresh()
    waybridge("partners", "create", platform, "--kind", "platform")

    for _ in range(2):
        assert waybridge("merchants", "link", "--platform", platform, "--merchant", merchant).code == 0

    listed = {row["name"]: row for row in waybridge("partners", "list", "--json").json}
    assert listed[platform]["merchants"] == [merchant]


def test_only_a_platform_is_linked(waybridge: Command, merchant: str, partner: str) -> None:
    refused = waybridge("merchants", "link", "--platform", partner, "--merchant", merchant)

    assert refused.code == 2
    assert refused.err.startswith("platform: ")


def test_a_partner_names_what_its_kind_needs(waybridge: Command, merchant: str) -> None:
    assert waybridge("partners", "create", fresh(), "--kind", "merchant").err.startswith("merchant: ")
    assert waybridge("partners", "create", fresh(), "--kind", "carrier").err.startswith("carrier: ")
    assert waybridge("partners", "create", fresh(), "--kind", "platform", "--merchant", merchant).code == 2
    assert waybridge("partners", "create", fresh(), "--kind", "nonsense").code == 2


def test_a_carrier_partner_brings_a_carrier_we_had_not_heard_of(waybridge: Command) -> None:
    code = f"c{uuid4().hex[:10]}"

    made = waybridge("partners", "create", fresh(), "--kind", "carrier", "--carrier", code, "--json")

    assert made.json["carrier"] == code
    assert (
        waybridge("carriers", "add", code, "--name", "Again").err == "code: There is a carrier of this code already.\n"
    )


def test_a_name_is_taken_once(waybridge: Command) -> None:
    name = fresh()
    assert waybridge("partners", "create", name, "--kind", "platform").code == 0

    assert waybridge("partners", "create", name, "--kind", "platform").err == "name: Another partner has this name.\n"


def test_a_name_that_several_have_must_be_an_id(waybridge: Command) -> None:
    name = fresh()
    for _ in range(2):
        waybridge("merchants", "create", name)

    refused = waybridge("partners", "create", fresh(), "--kind", "merchant", "--merchant", name)

    assert refused.code == 2
    assert refused.err.startswith("--merchant: several are called")


def test_a_key_is_shown_once_and_works(waybridge: Command, in_store: InStore, partner: str) -> None:
    made = waybridge("keys", "create", "--partner", partner)
    text = made.out.strip()

    parsed = credentials.parse_key(text)
    assert parsed is not None
    id_, secret = parsed

    async def stored(store: Store) -> ApiKey | None:
        async with store.reading(EVERYTHING) as session:
            return await session.get(ApiKey, id_)

    row = in_store(stored)
    assert credentials.check(row, secret, datetime.now(UTC))
    assert "customers:token" in row.scopes
    assert "personal:reveal" not in row.scopes
    assert text not in made.err
    assert text not in waybridge("keys", "list").out + waybridge("keys", "list", "--json").out


def test_a_revoked_key_works_no_more(waybridge: Command, in_store: InStore, partner: str) -> None:
    made = waybridge("keys", "create", "--partner", partner, "--scope", "orders:read", "--json").json
    parsed = credentials.parse_key(made["key"])
    assert parsed is not None

    assert waybridge("keys", "revoke", made["id"]).code == 0

    async def stored(store: Store) -> ApiKey | None:
        async with store.reading(EVERYTHING) as session:
            return await session.get(ApiKey, parsed[0])

    assert made["scopes"] == ["orders:read"]
    assert not credentials.check(in_store(stored), parsed[1], datetime.now(UTC))
    listed = {row["id"]: row["state"] for row in waybridge("keys", "list", "--partner", partner, "--json").json}
    assert listed[made["id"]] == "revoked"


def test_a_key_needs_scopes_we_have_and_an_end_to_come(waybridge: Command, partner: str) -> None:
    unknown = waybridge("keys", "create", "--partner", partner, "--scope", "orders:read", "--scope", "moon:land")
    past = waybridge("keys", "create", "--partner", partner, "--expires", "2020-01-01")
    nonsense = waybridge("keys", "create", "--partner", partner, "--expires", "soon")
    nobody = waybridge("keys", "create", "--partner", "nobody")

    assert (unknown.code, past.code, nonsense.code, nobody.code) == (2, 2, 2, 2)
    assert unknown.err.startswith("scopes: No such scope here: moon:land.")
    assert past.err == "--expires: 2020-01-01 is past\n"
    assert nonsense.err.startswith("--expires: 'soon' is neither")
    assert nobody.err == "--partner: nothing here is called 'nobody'\n"


def test_an_account_seals_its_credentials_and_prints_its_push_address(
    waybridge: Command, in_store: InStore, merchant: str, tmp_path: Path
) -> None:
    kept = tmp_path / "sf.json"
    kept.write_text('{"check_word": "the check word"}')

    made = waybridge(
        *("accounts", "create", "--merchant", merchant, "--carrier", "sf", "--json"),
        *("--credential", "partner_id=P1", "--credentials-file", str(kept)),
        WAYBRIDGE_PUBLIC_URL="https://gate.example/",
    ).json

    async def stored(store: Store) -> dict[str, str | None]:
        parsed, owner = parse_typeid(made["id"]), parse_typeid(merchant)
        assert parsed is not None
        assert owner is not None
        await store.keys_of(owner[1])
        async with store.reading(EVERYTHING) as session:
            row = await session.get_one(CarrierAccount, parsed[1])
            return {name: row.open(store.vault, name) for name in ("credentials", "push_token", "push_secret")}

    opened = in_store(stored)
    assert opened["credentials"] == '{"check_word": "the check word", "partner_id": "P1"}'
    assert made["pushAddress"] == f"https://gate.example/carriers/sf/push/{opened['push_token']}"
    assert made["pushSecret"] == opened["push_secret"]
    listed = waybridge("accounts", "list", "--merchant", merchant).out
    assert made["id"] in listed
    assert "check word" not in listed
    assert str(opened["push_token"]) not in listed


def test_an_account_refuses_what_its_carrier_does_not_know(waybridge: Command, merchant: str, tmp_path: Path) -> None:
    create = ("accounts", "create", "--merchant", merchant)
    bad = tmp_path / "bad.json"
    bad.write_text("[1]")

    assert waybridge(*create, "--carrier", "sf", "--credential", "colour=red").err.startswith("credentials.colour: ")
    assert waybridge(*create, "--carrier", "nope").err.startswith("carrier: We have no adapter")
    assert waybridge(*create, "--carrier", "sf", "--credential", "red").err == "--credential: is written NAME=VALUE\n"
    assert waybridge(*create, "--carrier", "sf", "--credentials-file", str(bad)).err.startswith(str(bad))
    assert waybridge(*create, "--carrier", "sf", "--base-url", "http://10.0.0.1").err.startswith("baseUrl: ")
    assert waybridge(*create, "--carrier", "sf", "--credentials-file", str(tmp_path / "none")).code == 2
    assert waybridge("accounts", "list", "--merchant", merchant, "--json").json == []


def test_an_account_is_disabled_once(waybridge: Command, merchant: str) -> None:
    made = waybridge("accounts", "create", "--merchant", merchant, "--carrier", "sf", "--json").json

    first = waybridge("accounts", "disable", made["id"])
    again = waybridge("accounts", "disable", made["id"])

    assert first.code == again.code == 0
    assert first.out == again.out
    assert waybridge("accounts", "list", "--merchant", merchant, "--json").json[0]["state"] == "disabled"


def test_no_secret_is_in_the_database_files(waybridge: Command, merchant: str, partner: str, database_url: str) -> None:
    file = make_url(database_url).database
    if not database_url.startswith("sqlite") or file is None:
        return
    key = waybridge("keys", "create", "--partner", partner).out.strip()
    account = waybridge(
        *("accounts", "create", "--merchant", merchant, "--carrier", "sf", "--json"),
        *("--credential", "check_word=sesame-open-7731", "--push-secret", "push-secret-4417"),
    ).json
    parsed = credentials.parse_key(key)
    assert parsed is not None

    path = Path(file)
    kept = b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*") if each.suffix != ".key")

    token = account["pushAddress"].rpartition("/")[2]
    for secret in (
        key.rpartition("_")[2].encode(),
        parsed[1],
        b"sesame-open-7731",
        b"push-secret-4417",
        token.encode(),
    ):
        assert secret not in kept
    assert account["id"].startswith("acc_")
    assert b"Asia/Shanghai" in kept
