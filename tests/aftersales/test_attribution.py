from uuid import uuid4

import pytest

from aftersales.attribution import Actor, Cause, actor_of, cause_of
from aftersales.kinds import Audience
from db.enums import Party
from db.ids import typeid
from db.models.log import Event

KEY = uuid4()


def done_by(party: Party, credential: str | None) -> Event:
    return Event(
        actor={"party": party.name, "id": credential}, cause={"kind": "mutation:orderCreate", "reference": "r-1"}
    )


@pytest.mark.parametrize("party", [Party.MERCHANT, Party.PLATFORM])
def test_the_merchant_reads_which_key_of_its_own_side_and_which_call_it_was(party: Party) -> None:
    event = done_by(party, str(KEY))
    assert actor_of(event, Audience.MERCHANT) == Actor(party, typeid("key", KEY))
    assert cause_of(event, Audience.MERCHANT) == Cause("mutation:orderCreate", "r-1")


@pytest.mark.parametrize("audience", [Audience.CARRIER, Audience.CUSTOMER])
def test_others_read_the_party_and_the_kind_of_cause_alone(audience: Audience) -> None:
    event = done_by(Party.MERCHANT, str(KEY))
    assert actor_of(event, audience) == Actor(Party.MERCHANT, None)
    assert cause_of(event, audience) == Cause("mutation", None)


def test_what_a_carrier_or_nobodys_key_did_names_no_key() -> None:
    assert actor_of(done_by(Party.CARRIER, "sf"), Audience.MERCHANT) == Actor(Party.CARRIER, None)
    assert actor_of(done_by(Party.MERCHANT, None), Audience.MERCHANT) == Actor(Party.MERCHANT, None)
