"""A partner's receiver on loopback, and a bench to send to it from."""

import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from api import selections
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.worker.receiving import Bench, Receiver, receiving


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    """One a module; what came to it is forgotten between tests."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def bench(store: Store, receiver: Receiver) -> AsyncIterator[Bench]:
    """A sender with a clock of the test's; its endpoints hear no other test."""
    receiver.came.clear()
    receiver.answers.clear()
    receiver.holds.clear()
    made = Bench(store, receiver, render=selections.render)
    yield made
    await made.sender.close()
    async with store.writing(EVERYTHING) as session:
        for each in await session.scalars(select(WebhookEndpoint)):
            each.disabled_at = make.NOW


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for hook.example, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hook.example")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName(
        [x509.DNSName("hook.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder: Path = tmp_path_factory.mktemp("tls")
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, private)
    return server, ssl.create_default_context(cafile=str(certificate))
