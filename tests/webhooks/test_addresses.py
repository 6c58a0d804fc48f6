import pytest

from service.webhooks.addresses import judge, parse_literal, parse_networks

# address, tier without an allow list
JUDGED = [
    ("8.8.8.8", "public"),
    ("1.1.1.1", "public"),
    ("93.184.216.34", "public"),
    ("172.15.255.255", "public"),
    ("172.32.0.0", "public"),
    ("100.63.255.255", "public"),
    ("100.128.0.0", "public"),
    ("192.0.1.0", "public"),
    ("198.17.255.255", "public"),
    ("223.255.255.255", "public"),
    ("2606:4700::1111", "public"),
    ("2a00:1450:4001::1", "public"),
    ("2001:200::1", "public"),
    ("2003::1", "public"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.0.1", "private"),
    ("100.64.0.1", "private"),
    ("100.127.255.255", "private"),
    ("fc00::1", "private"),
    ("fdff::1", "private"),
    ("0.0.0.0", "forbidden"),
    ("0.1.2.3", "forbidden"),
    ("127.0.0.1", "forbidden"),
    ("127.255.255.254", "forbidden"),
    ("169.254.169.254", "forbidden"),
    ("169.254.0.1", "forbidden"),
    ("192.0.0.8", "forbidden"),
    ("192.0.2.1", "forbidden"),
    ("192.88.99.1", "forbidden"),
    ("198.18.0.1", "forbidden"),
    ("198.19.255.255", "forbidden"),
    ("198.51.100.7", "forbidden"),
    ("203.0.113.7", "forbidden"),
    ("224.0.0.1", "forbidden"),
    ("239.255.255.255", "forbidden"),
    ("240.0.0.1", "forbidden"),
    ("255.255.255.255", "forbidden"),
    ("100.100.100.200", "forbidden"),
    ("fd00:ec2::254", "forbidden"),
    ("fd20:ce::254", "forbidden"),
    ("::", "forbidden"),
    ("::1", "forbidden"),
    ("::127.0.0.1", "forbidden"),
    ("::8.8.8.8", "forbidden"),
    ("::ffff:127.0.0.1", "forbidden"),
    ("::ffff:8.8.8.8", "forbidden"),
    ("64:ff9b::a9fe:a9fe", "forbidden"),
    ("64:ff9b::808:808", "forbidden"),
    ("64:ff9b:1::1", "forbidden"),
    ("100::1", "forbidden"),
    ("2001::1", "forbidden"),
    ("2001:0:53aa:64c:0:0:5601:5601", "forbidden"),
    ("2001:1ff::1", "forbidden"),
    ("2001:db8::1", "forbidden"),
    ("2002:a9fe:a9fe::1", "forbidden"),
    ("2002:808:808::1", "forbidden"),
    ("3fff::1", "forbidden"),
    ("5f00::1", "forbidden"),
    ("fe80::1", "forbidden"),
    ("fe80::1%lo", "forbidden"),
    ("febf::1", "forbidden"),
    ("fec0::1", "forbidden"),
    ("ff02::1", "forbidden"),
]


@pytest.mark.parametrize(("text", "tier"), JUDGED)
def test_addresses_by_tier(text: str, tier: str):
    address = parse_literal(text)
    assert address is not None
    assert judge(address, allow=()).tier == tier


@pytest.mark.parametrize(
    ("text", "allow", "tier"),
    [
        ("127.0.0.1", "127.0.0.1", "allowed"),
        ("127.0.0.1", "127.0.0.0/8", "allowed"),
        ("127.0.0.2", "127.0.0.1/32", "forbidden"),
        ("127.0.0.1", "0.0.0.0/0", "forbidden"),
        ("127.0.0.1", "126.0.0.0/7", "forbidden"),
        ("127.0.0.1", "0.0.0.0/0, 127.0.0.0/30", "allowed"),
        ("169.254.169.254", "0.0.0.0/0", "forbidden"),
        ("169.254.169.254", "169.254.169.254/32", "allowed"),
        ("100.100.100.200", "100.64.0.0/10", "forbidden"),
        ("100.100.100.200", "100.100.100.200/32", "allowed"),
        ("fd00:ec2::254", "fc00::/7", "forbidden"),
        ("10.1.2.3", "10.1.0.0/16", "allowed"),
        ("10.1.2.3", "10.2.0.0/16", "private"),
        ("10.1.2.3", "0.0.0.0/0", "allowed"),
        ("100.64.0.1", "100.64.0.0/10", "allowed"),
        ("fd12::1", "fd12::/16", "allowed"),
        ("fd12::1", "::/0", "allowed"),
        ("::1", "::/0", "forbidden"),
        ("::1", "::1/128", "allowed"),
        ("::1", "127.0.0.0/8", "forbidden"),
        ("8.8.8.8", "8.8.8.0/24", "allowed"),
        # An allowed translation prefix still carries only addresses that are fine themselves.
        ("64:ff9b::808:808", "64:ff9b::/96", "allowed"),
        ("64:ff9b::a9fe:a9fe", "64:ff9b::/96", "forbidden"),
        ("64:ff9b::a00:1", "64:ff9b::/96", "private"),
        ("64:ff9b::a00:1", "64:ff9b::/96,10.0.0.0/8", "allowed"),
        ("::ffff:127.0.0.1", "::ffff:0:0/96", "forbidden"),
        ("::ffff:127.0.0.1", "::ffff:0:0/96,127.0.0.1/32", "allowed"),
    ],
)
def test_what_the_allow_list_opens(text: str, allow: str, tier: str):
    address = parse_literal(text)
    assert address is not None
    assert judge(address, allow=parse_networks(allow)).tier == tier


def test_a_verdict_names_the_embedded_address_that_decided():
    address = parse_literal("64:ff9b::a9fe:a9fe")
    assert address is not None
    verdict = judge(address, allow=parse_networks("64:ff9b::/96"))
    assert (str(verdict.address), str(verdict.network)) == ("169.254.169.254", "169.254.0.0/16")


@pytest.mark.parametrize("part", ["10.0.0.1/8", "10.0.0.0/33", "localhost", "0x7f.1"])
def test_a_bad_allow_list_is_named_with_its_remedy(part: str):
    with pytest.raises(ValueError, match=r"is not a CIDR .*: write for example 10\.20\.0\.0/16"):
        parse_networks(f"10.0.0.0/8,{part}")


def test_an_empty_allow_list():
    assert parse_networks("") == parse_networks(" , ") == ()
