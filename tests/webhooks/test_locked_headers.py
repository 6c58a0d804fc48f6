import pytest

from service.webhooks.locked_headers import HeaderRefused, check_headers


@pytest.mark.parametrize(
    "name",
    [
        *("Content-Type", "CONTENT-LENGTH", "host", "Connection", "Transfer-Encoding", "User-Agent", "TE", "Upgrade"),
        *("Webhook-Id", "webhook-signature", "WEBHOOK-anything", "traceparent", "Proxy-Authorization", "Keep-Alive"),
        *("ce-id", ":authority", "Trailer", "Accept-Encoding", "Expect", "content-encoding"),
    ],
)
def test_what_the_sender_sets_is_locked_however_it_is_written(name: str) -> None:
    with pytest.raises(HeaderRefused, match=r"set by the sender alone|not 1 to 64 letters"):
        check_headers({name: "x"})


@pytest.mark.parametrize("value", ["", " a", "a ", "a\r\nB: c", "a\nb", "a\0", "é", "a\x7f", "x" * 4097])
def test_values_that_would_break_the_request_are_refused_and_never_repeated(value: str) -> None:
    with pytest.raises(HeaderRefused) as refused:
        check_headers({"X-Key": value})
    assert len(value) < 3 or value not in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "é", "a\r\nb", "x" * 65, "a(b"])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(HeaderRefused, match="not 1 to 64 letters"):
        check_headers({name: "x"})


def test_their_number_and_size_are_bounded_and_each_comes_once() -> None:
    check_headers({"Authorization": "Bearer x", "X-Tenant": "a \t b", "x-Other": "~"})
    for headers, why in (
        ({f"x-{i}": "y" for i in range(33)}, "more than 32"),
        ({f"x-{i}": "y" * 4000 for i in range(5)}, "more than 16384 bytes"),
        ({"X-Key": "a", "x-key": "b"}, "given twice"),
    ):
        with pytest.raises(HeaderRefused, match=why):
            check_headers(headers)
