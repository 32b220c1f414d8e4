"""Whom scripts may call, and that there is no way around it."""

from __future__ import annotations

import pytest

from engine.errors import OutboundError, OutboundKind
from engine.outbound import resolver
from engine.outbound.call import Call, Reply
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy
from tests.internet import PUBLIC, Internet, Server

SETTING = "HOOKSMITH_SCRIPT_FETCH_ALLOW"


def scripts(*allowed: str) -> Policy:
    return Policy.public(allowed, SETTING)


def get(outbound: Outbound, url: str, policy: Policy) -> Reply:
    return outbound.send(Call("GET", url), policy)


def refusal(outbound: Outbound, url: str, policy: Policy) -> str:
    with pytest.raises(OutboundError) as caught:
        get(outbound, url, policy)
    assert caught.value.kind is OutboundKind.REFUSED
    return str(caught.value)


NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",  # IPv4-compatible
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:7f00:1",  # IPv4-translated
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public_are_refused(internet: Internet, address: str) -> None:
    """Written as such or behind a name: nobody is called, and the error names the setting."""
    outbound = internet.outbound()
    internet.names["name.example"] = [[address]]
    host = f"[{address}]" if ":" in address else address
    assert SETTING in refusal(outbound, f"http://{host}/", scripts())
    said = refusal(outbound, "https://name.example:8443/", scripts())
    assert said.startswith("scripts may not call name.example: its address ")
    assert said.endswith(f" is not public; {SETTING} can allow name.example")
    assert internet.dialled == []


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "127.0.0.1.",
        "１２７．０．０．１",  # noqa: RUF001
        "127。0。0。1",
        "①②⑦.0.0.1",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:7f00:1]",
        "user:password@127.0.0.1",
        "example.org@127.0.0.1",
    ],
)
def test_every_spelling_of_an_address_is_that_address(internet: Internet, host: str) -> None:
    """Octal, hexadecimal, short, full-width: nothing is called, and no name server asked."""
    said = refusal(internet.outbound(), f"http://{host}/", scripts())
    assert "is not public" in said
    assert (internet.dialled, internet.looked_up) == ([], [])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "http:example.org",
        "http://",
        "http:///path",
        "http://:80/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:8o/",
        "http://exa mple.org/",
        "http://exa\tmple.org/",
        "http://example.org/\r\nHost: x",
        "http://example.org\\@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "http://example.org%2f@127.0.0.1:80\\/",
        "http://%31%32%37.0.0.1/",
        "http://[::1/",
        "http://::1/",
        "http://[fe80::1%25eth0]/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://example.1/",
        "http://example..org/",
        "http://-example.org/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 130}example/",
        f"http://example.org/{'a' * 9000}",
        "",
    ],
)
def test_what_is_no_url_to_call_is_said_to_be_none(internet: Internet, url: str) -> None:
    """Under any policy, and before anybody is asked for anything."""
    with pytest.raises(OutboundError) as caught:
        get(internet.outbound(), url, Policy.anywhere())
    assert caught.value.kind is OutboundKind.INVALID_URL
    assert (internet.dialled, internet.looked_up) == ([], [])


def test_public_names_and_addresses_are_called(internet: Internet) -> None:
    """By name, by number, and by an IPv6 address of a translating network."""
    internet.serve(at="api.example.org")
    internet.serve(at="64:ff9b::808:808")
    internet.serve(at="2606:2800:21f:cb07::1", port=8080)
    outbound = internet.outbound()
    assert get(outbound, "http://api.example.org/", scripts()).address == PUBLIC
    assert get(outbound, f"http://{PUBLIC}/", scripts()).status == 200
    assert get(outbound, "http://[64:ff9b::8.8.8.8]/", scripts()).status == 200
    assert get(outbound, "http://[2606:2800:21f:cb07::1]:8080/", scripts()).status == 200


def test_only_the_public_ones_of_several_addresses_are_called(internet: Internet) -> None:
    """A private address beside a public one is left out, wherever it stands."""
    internet.serve(at=PUBLIC)
    internet.names["both.example"] = [["10.0.0.1", "::1", "127.0.0.1", PUBLIC]]
    assert get(internet.outbound(), "http://both.example/", scripts()).address == PUBLIC
    assert internet.dialled == [(PUBLIC, 80)]


def test_another_address_is_tried_when_one_does_not_answer(internet: Internet) -> None:
    """In the order in which the name server has them."""
    internet.serve(at=PUBLIC)
    internet.names["several.example"] = [["93.184.216.1", "93.184.216.2", PUBLIC]]
    assert get(internet.outbound(), "http://several.example/", scripts()).address == PUBLIC
    assert [address for address, _ in internet.dialled] == ["93.184.216.1", "93.184.216.2", PUBLIC]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_address_that_was_checked_is_the_one_connected_to(
    internet: Internet, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """A name that changes its address between two lookups gains nothing."""
    monkeypatch.setattr(resolver, "_FRESH_S", 0.0)
    local = internet.serve()
    internet.names["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
    outbound = internet.outbound()
    url = f"{scheme}://rebind.example:{local.port}/"
    with pytest.raises(OutboundError) as caught:
        get(outbound, url, scripts())
    assert caught.value.kind is OutboundKind.CONNECT  # nobody listens at the public address
    assert internet.looked_up == ["rebind.example"]
    assert "127.0.0.1 is not public" in refusal(outbound, url, scripts())
    assert internet.dialled == [(PUBLIC, local.port)]
    assert local.connections == 0


def test_an_open_connection_is_not_lent_to_another_policy(internet: Internet) -> None:
    """What an administrator's destination keeps open, no script gets."""
    local = internet.serve()
    internet.names["intranet.example"] = [["127.0.0.1"]]
    outbound = internet.outbound()
    url = f"http://intranet.example:{local.port}/"
    assert get(outbound, url, Policy.anywhere()).status == 200
    refusal(outbound, url, scripts())
    refusal(outbound, url, scripts("other.example"))
    assert get(outbound, url, scripts("intranet.example")).status == 200
    assert local.connections == 2


def test_a_public_address_of_this_machine_is_refused(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls to it would come from inside, past the firewall; an administrator may allow it."""
    monkeypatch.setattr("engine.outbound.policy.is_own", lambda address: str(address) == PUBLIC)
    internet.serve(at="hooks.example.org")
    outbound = internet.outbound()
    said = refusal(outbound, "http://hooks.example.org/", scripts())
    assert f"its address {PUBLIC} is this server's own; {SETTING} can allow" in said
    assert internet.dialled == []
    assert get(outbound, "http://hooks.example.org/", scripts("hooks.example.org")).status == 200


@pytest.fixture
def intranet(internet: Internet) -> Server:
    """A server on 127.0.0.1, known by two names."""
    internet.names |= {"intra.example": [["127.0.0.1"]], "sub.intra.example": [["127.0.0.1"]]}
    return internet.serve()


@pytest.mark.parametrize(
    ("entry", "host", "allowed"),
    [
        ("intra.example", "intra.example", True),
        ("INTRA.example.", "Intra.Example.", True),
        ("intra.example", "sub.intra.example", False),
        ("intra.example", "127.0.0.1", False),
        ("intra.example:{port}", "intra.example", True),
        ("intra.example:1", "intra.example", False),
        ("*.intra.example", "sub.intra.example", True),
        ("*.intra.example", "intra.example", False),
        ("*.intra.example:1", "sub.intra.example", False),
        ("*.a.example", "sub.intra.example", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "intra.example", True),
        ("127.0.0.1:{port}", "2130706433", True),
        ("127.0.0.1:{port}", "[::ffff:127.0.0.1]", True),
        ("127.0.0.1:1", "intra.example", False),
        ("127.0.0.0/8", "intra.example", True),
        ("10.0.0.0/8", "intra.example", False),
        ("::/0", "127.0.0.1", False),
        ("0.0.0.0/0", "127.0.0.1", True),
    ],
)
def test_hosts_are_allowed_by_name_or_address(
    internet: Internet, intranet: Server, entry: str, host: str, allowed: bool
) -> None:
    """A name wherever it leads, an address however it is reached, a port alone where one is given."""
    policy = scripts("unrelated.example", entry.format(port=intranet.port))
    url = f"http://{host}:{intranet.port}/"
    if allowed:
        assert get(internet.outbound(), url, policy).status == 200
    else:
        refusal(internet.outbound(), url, policy)
        assert intranet.connections == 0


def test_ipv6_can_be_allowed_with_and_without_a_port(internet: Internet) -> None:
    """In brackets where a port follows."""
    local = internet.serve(host="::1")
    url = f"http://[::1]:{local.port}/"
    outbound = internet.outbound()
    refusal(outbound, url, scripts("[::1]:1"))
    for entry in (f"[::1]:{local.port}", "[::1]", "::1", "::/64"):
        assert get(outbound, url, scripts(entry)).status == 200
    assert local.requests[0].header("Host") == f"[::1]:{local.port}"


def test_administrators_reach_their_own_network(internet: Internet) -> None:
    """Configured destinations may be neighbours."""
    local = internet.serve()
    internet.names["chat.lan"] = [["127.0.0.1"]]
    for host in ("127.0.0.1", "chat.lan", "2130706433"):
        reply = get(internet.outbound(), f"http://{host}:{local.port}/", Policy.anywhere())
        assert (reply.status, reply.address) == (200, "127.0.0.1")


def test_names_of_this_machine_are_looked_up_for_real(internet: Internet) -> None:
    """Without the internet of these tests: localhost is this machine, and refused to scripts."""
    local = internet.serve()
    outbound = Outbound()
    url = f"http://localhost:{local.port}/"
    try:
        assert get(outbound, url, Policy.anywhere()).address == "127.0.0.1"
        assert "localhost: its address " in refusal(outbound, url, scripts())
    finally:
        outbound.close()


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_proxies_of_the_environment_are_not_used(
    internet: Internet, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """They would connect to what nobody checked."""
    proxy = internet.serve()
    internet.serve(at="api.example.org")
    monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    assert get(internet.outbound(), "http://api.example.org/", scripts()).status == 200
    assert proxy.connections == 0
