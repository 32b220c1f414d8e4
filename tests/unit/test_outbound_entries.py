"""Hosts that an administrator allows: what is understood, and what is said about the rest."""

from __future__ import annotations

import pytest

from engine.errors import ConfigError
from engine.outbound.addresses import is_own, is_public, parse_address
from engine.outbound.entries import parse_entries, split_entries
from engine.outbound.policy import Policy


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("https://example.org", "without a scheme"),
        ("http://10.0.0.1:80/", "without a scheme"),
        ("example.org/path", "write name"),
        ("user@example.org", "write name"),
        ("exa mple.org", "write name"),
        ("a..b", "write name"),
        ("a.*.b", "write name"),
        ("**.b", "write name"),
        ("*.10.0.0.1", "write name"),
        ("*", "0.0.0.0/0"),
        ("*:80", "0.0.0.0/0"),
        ("*.", "write name"),
        (":80", "write name"),
        ("example.org:", "write name"),
        ("example.org:http", "write name"),
        ("example.org:0", "from 1 to 65535"),
        ("example.org:65536", "from 1 to 65535"),
        ("10.0.0.1/8", "is 10.0.0.0/8 meant?"),
        ("10.0.0.0/33", "write name"),
        ("10.0.0.0/8:80", "write name"),
        ("256.0.0.1", "write name"),
        ("[::1", "write name"),
        ("[10.0.0.1", "write name"),
        ("[fe80::1%eth0]", "write name"),
        ("::ffff:10.0.0.0/104", "write IPv4 networks as such"),
    ],
)
def test_what_is_no_host_is_said_to_be_none(written: str, says: str) -> None:
    """In one line that shows it and tells how to write it."""
    with pytest.raises(ConfigError) as caught:
        Policy.public([written])
    (line,) = caught.value.problems
    assert line.startswith(f"{written!r} is no host to allow: ")
    assert says in line


def test_all_mistakes_are_told() -> None:
    """Not only the first."""
    with pytest.raises(ConfigError) as caught:
        parse_entries(["*", "example.org", "a:b"])
    assert len(caught.value.problems) == 2


def test_lists_may_be_written_loosely() -> None:
    """With spaces, and a comma too many."""
    assert split_entries(" a , b:1,,10.0.0.0/8, ") == ["a", "b:1", "10.0.0.0/8"]
    assert split_entries("") == []


def test_equal_policies_are_one() -> None:
    """Whoever makes the policy anew for each call shares its connections."""
    one = Policy.public(["A.example", "10.0.0.0/8"], "X")
    assert {one, Policy.public(["a.example.", "10.0.0.0/8"], "X")} == {one}
    assert Policy.public() != Policy.anywhere()


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "2a00::1",
        "64:ff9b::1.1.1.1",
        "::ffff:1.1.1.1",
    ],
)
def test_neighbours_of_private_networks_are_public(address: str) -> None:
    """The borders are where the registries have them."""
    assert is_public(parse_address(address))


def test_this_machine_knows_its_own_addresses() -> None:
    """Loopback is one; an address of somebody else is none."""
    assert is_own(parse_address("127.0.0.1"))
    assert is_own(parse_address("127.8.9.10"))
    assert is_own(parse_address("::1"))
    assert not is_own(parse_address("93.184.216.34"))
    assert not is_own(parse_address("2606:4700::1111"))
