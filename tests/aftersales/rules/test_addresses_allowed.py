"""Where webhooks may go, address by address."""

from ipaddress import ip_address

import pytest

from aftersales.rules.addresses_allowed import NotATarget, choose, is_allowed, target

FORBIDDEN = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.1.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:4:112::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:c0a8:101::",
    "2620:4f:8000::1",
    "3fff::1",
    "3fff:fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "2606:4700::1%eth0",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.1.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "192.167.0.1",
    "198.17.0.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2001:4860:4860::8888",
    "2400:3200::1",
    "2001:200::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_nothing_is_sent_to_a_network_that_is_not_everybodys(address: str) -> None:
    assert not is_allowed(ip_address(address))
    assert is_allowed(ip_address(address), dev=True) is (address in {"127.0.0.1", "::1"})


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_sent_to(address: str) -> None:
    assert is_allowed(ip_address(address))


def test_one_forbidden_address_among_many_forbids_the_name() -> None:
    assert choose(["8.8.8.8", "1.1.1.1"]) == "8.8.8.8"
    for found in (["8.8.8.8", "10.0.0.1"], ["::1", "8.8.8.8"], [], ["what"]):
        with pytest.raises(NotATarget):
            choose(found)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/",
        "ftp://a.example/",
        "//a.example/",
        "https://",
        "https:///path",
        "https://a.example:80/",
        "https://a.example:22/",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://user@a.example/",
        "https://user:secret@a.example/",
        "https://a.example/#fragment",
        "https://a.example /",
        "https://a.example/\r\nx: y",
        "https://a.example\\@b.example/",
        "https://bücher.example/",
        "https://localhost/",
        "https://api.internal/",
        "https://printer.local/",
        "https://router.home.arpa/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://2130706433/",
        "https://0x7f.0x0.0x0.0x1/",
        "https://127.1/",
        "https://10.0.0.1.:443/",
        "https://a.example/" + "a" * 2048,
    ],
)
def test_what_is_no_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(NotATarget):
        target(url)


def test_a_target_keeps_name_port_and_path() -> None:
    assert target("https://A.example.:8443/hook?x=1%20").authority == "a.example:8443"
    assert target("https://a.example/hook?x=1%20").path == "/hook?x=1%20"
    assert target("https://a.example").authority == "a.example"
    assert target("https://[2606:4700::1111]:8443/").authority == "[2606:4700::1111]:8443"
    assert target("http://localhost:8123/", dev=True).authority == "localhost:8123"
    with pytest.raises(NotATarget):
        target("https://10.0.0.1/", dev=True)
