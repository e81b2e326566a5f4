"""All that goes out goes through the proxy when there is one, and the guard against inner addresses stays."""

import asyncio
import ssl

import pytest

from carriers.http import new_client
from db.enums import AttemptProblem
from tests.worker.test_posting import OK, listening, resolving, says
from worker.posting import Post


async def _tunnels(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A proxy: what comes after its yes goes to whom the listener's maker named, whatever was asked for."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", _tunnels_to[0])
    await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))


_tunnels_to = [0]


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(4096):
        writer.write(part)
    writer.close()


async def test_an_egress_proxy_is_asked_for_the_checked_address_and_sees_no_more(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    names: list[str | None] = []
    tls[0].sni_callback = lambda _socket, name, _context: names.append(name)
    async with listening(says(OK), tls=tls[0]) as target, listening(_tunnels) as proxy:
        _tunnels_to[0] = target.port
        url = f"http://user:secret@127.0.0.1:{proxy.port}"
        post = Post(resolve=resolving(["93.184.216.34"], ["10.0.0.1"]), verify=tls[1], proxy=url)
        answers = [await post.send("https://hook.example/in", {}, b"{}") for _ in range(2)]
        await post.close()

    assert [each.problem for each in answers] == [None, AttemptProblem.FORBIDDEN_ADDRESS]
    assert (proxy.came, target.came, names) == (1, 1, ["hook.example"])
    assert proxy.said.startswith(b"CONNECT 93.184.216.34:443 HTTP/1.1\r\n")
    assert b"proxy-authorization: basic" in proxy.said.lower()
    assert b"/in" not in proxy.said
    assert target.said.lower().count(b"\r\nhost: hook.example\r\n") == 1
    assert b"proxy-authorization" not in target.said.lower()
    assert "secret" not in repr(post)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", b"nonsense\r\n\r\n"])
async def test_what_an_egress_proxy_refuses_is_not_sent_around_it(answer: bytes) -> None:
    async with listening(says(answer)) as proxy:
        post = Post(resolve=resolving(["93.184.216.34"]), proxy=f"http://127.0.0.1:{proxy.port}")
        told = await post.send("https://hook.example/in", {}, b"{}")
        await post.close()

    assert (told.problem, proxy.came) == (AttemptProblem.REFUSED, 1)


async def test_carriers_are_called_through_the_proxy_too() -> None:
    async with listening(says(OK)) as proxy, new_client(f"http://127.0.0.1:{proxy.port}") as client:
        told = await client.get("http://carrier.example/track")

    assert (told.text, proxy.came) == ("ok", 1)
    assert proxy.said.startswith(b"GET http://carrier.example/track HTTP/1.1\r\n")
