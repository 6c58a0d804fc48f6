import os
from collections.abc import Callable
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from service.settings import Settings, SettingsError, load_settings, variable

SECRET = "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t"

SetAll = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> SetAll:
    """Replaces every DUALTRACK_ variable of this process by the given ones."""
    for name in [name for name in os.environ if name.startswith("DUALTRACK_") and "_TEST_" not in name]:
        monkeypatch.delenv(name)

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_all


def problems() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.problems


def test_defaults(environment: SetAll) -> None:
    settings = load_settings()
    assert settings.model_dump() == {
        "database_url": "sqlite:///dualtrack.db",
        "database_pooler": "none",
        "database_listen_url": None,
        "database_read_url": None,
        "database_pool": 10,
        "sqlite_journal": "auto",
        "secret_key": None,
        "host": "127.0.0.1",
        "port": 8000,
        "metrics_port": None,
        "metrics_host": "127.0.0.1",
        "otlp_endpoint": None,
        "otlp_sample": 1.0,
        "environment": "production",
        "graphql_documents": "open",
        "processes": 1,
        "egress_allow": (),
        "egress_proxy": None,
        "egress_lookup": "here",
        "egress_direct": (),
        "retry_scale": 1.0,
        "log_level": "info",
        "allowed_hosts": (),
        "rate_limit": "60000/60",
        "security_contact": None,
        "public_url": None,
        "wsdl_folder": None,
        "keep_attempts_days": 90,
        "keep_bodies_days": 0,
        "keep_reconciliations_days": 90,
    }


def test_values_from_the_environment(environment: SetAll) -> None:
    environment(
        DUALTRACK_DATABASE_URL="postgresql://u:pw@db.example:5433/people?ssl=require",
        DUALTRACK_SECRET_KEY=SECRET,
        DUALTRACK_PORT="0",
        DUALTRACK_EGRESS_ALLOW="127.0.0.1/32, 10.20.0.0/16,fd00::/8",
        DUALTRACK_RETRY_SCALE="0.001",
        DUALTRACK_LOG_LEVEL="DEBUG",
        DUALTRACK_SQLITE_JOURNAL="WAL",
    )
    settings = load_settings()
    assert settings.required_secret_key() == SECRET
    assert settings.port == 0
    assert settings.egress_allow == (ip_network("127.0.0.1/32"), ip_network("10.20.0.0/16"), ip_network("fd00::/8"))
    assert settings.retry_scale == 0.001
    assert settings.log_level == "debug"
    assert settings.sqlite_journal == "wal"
    assert settings.database_label == "postgresql://db.example:5433/people"


def test_an_unknown_name_stops_the_start_with_a_suggestion(environment: SetAll) -> None:
    environment(DUALTRACK_PROT="8000", DUALTRACK_ZZZ="1")
    first, second = problems()
    assert first == "DUALTRACK_PROT is not a setting: did you mean DUALTRACK_PORT?"
    assert second.startswith("DUALTRACK_ZZZ is not a setting: the settings are DUALTRACK_DATABASE_URL, ")


def test_names_of_the_tests_are_left_alone(environment: SetAll) -> None:
    environment(DUALTRACK_TEST_POSTGRES_URL="anything", DUALTRACK_TEST_ZZZ="1")
    assert load_settings().port == 8000


def test_all_problems_at_once(environment: SetAll) -> None:
    environment(
        DUALTRACK_PROT="1",
        DUALTRACK_PORT="70000",
        DUALTRACK_EGRESS_ALLOW="10.0.0.1/8",
        DUALTRACK_DATABASE_URL="mysql://u:hunter2@h/d",
        DUALTRACK_SECRET_KEY="short-and-secret",
        DUALTRACK_RETRY_SCALE="nan",
    )
    found = problems()
    assert [problem.partition(" ")[0].rstrip(":") for problem in found] == [
        "DUALTRACK_PROT",
        "DUALTRACK_DATABASE_URL",
        "DUALTRACK_SECRET_KEY",
        "DUALTRACK_PORT",
        "DUALTRACK_EGRESS_ALLOW",
        "DUALTRACK_RETRY_SCALE",
    ]
    text = "\n".join(found)
    assert "must have at least 32 characters" in text
    assert "has host bits set" in text
    assert "short-and-secret" not in text
    assert "hunter2" not in text


def test_rates_and_contacts(environment: SetAll) -> None:
    assert load_settings().quota == (60_000, 60)
    environment(DUALTRACK_RATE_LIMIT="600/1", DUALTRACK_SECURITY_CONTACT="mailto:safe@dualtrack.example")
    assert load_settings().quota == (600, 1)
    assert load_settings().security_contact == "mailto:safe@dualtrack.example"
    environment(DUALTRACK_RATE_LIMIT="0")
    assert load_settings().quota is None
    for wrong in ("", "600", "0/60", "600/0", "-1/60", "6e3/60", "600/60/1", "off"):
        environment(DUALTRACK_RATE_LIMIT=wrong, DUALTRACK_SECURITY_CONTACT="safe@dualtrack.example\nExpires: x")
        assert problems() == [
            "DUALTRACK_RATE_LIMIT: must be requests/seconds such as 600/60, or 0",
            "DUALTRACK_SECURITY_CONTACT: must begin with mailto:, https:// or tel: and hold no space",
        ], wrong


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "postgres", "http://h/d", ""])
def test_database_addresses_that_are_none(environment: SetAll, url: str) -> None:
    environment(DUALTRACK_DATABASE_URL=url)
    assert problems() == ["DUALTRACK_DATABASE_URL: must be sqlite:///path or postgresql://user:password@host/name"]


@pytest.mark.parametrize("name", ["DUALTRACK_DATABASE_LISTEN_URL", "DUALTRACK_DATABASE_READ_URL"])
def test_other_addresses_need_postgres(environment: SetAll, name: str) -> None:
    environment(**{name: "postgresql://h/d"})
    assert problems() == [f"{name} is of use with Postgres only: remove it"]
    environment(DUALTRACK_DATABASE_URL="postgresql://h/d", **{name: "sqlite:///d"})
    assert problems() == [f"{name} is of use with Postgres only: remove it"]


def test_a_pooler_needs_a_way_past_it(environment: SetAll) -> None:
    environment(DUALTRACK_DATABASE_URL="postgresql://h/d", DUALTRACK_DATABASE_POOLER="Transaction")
    assert problems() == [
        "DUALTRACK_DATABASE_POOLER needs DUALTRACK_DATABASE_LISTEN_URL: the Postgres address of the server itself, "
        "since waiting for new events does not go through a pooler"
    ]
    environment(DUALTRACK_DATABASE_LISTEN_URL="postgresql://server/d")
    assert load_settings().database_pooler == "transaction"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:3128", "https://u:p%40%2F@proxy.example:3129/", "socks5://u:p@[fd00::1]:65535"]
)
def test_proxies(environment: SetAll, url: str) -> None:
    environment(
        DUALTRACK_EGRESS_PROXY=url, DUALTRACK_EGRESS_LOOKUP="Proxy", DUALTRACK_EGRESS_DIRECT="10.0.0.0/8,fd00::/8"
    )
    settings = load_settings()
    assert settings.egress_proxy is not None and settings.egress_proxy.get_secret_value() == url
    assert (settings.egress_lookup, len(settings.egress_direct)) == ("proxy", 2)
    assert "p%40" not in repr(settings)


def test_proxies_that_are_none(environment: SetAll) -> None:
    for wrong in (
        *(
            "",
            "proxy:3128",
            "http://proxy",
            "ftp://hunter2:hunter2@h:1",
            "http://h:0",
            "http://h:65536",
            "http://h:1/x",
        ),
        *("http://hunter2@h:1", "http://u:hun/ter2@h:1", "http://u:hun@ter2@h:1", "socks5://u:" + "x" * 256 + "@h:1"),
        *("http://[h]:1", "http://a b:1", "http://h:1?hunter2", "http://u:hünter2@h:1"),
    ):
        environment(DUALTRACK_EGRESS_PROXY=wrong)
        (problem,) = problems()
        assert problem.startswith("DUALTRACK_EGRESS_PROXY: must be http://, https:// or socks5://"), wrong
        assert "hunter2" not in problem and "ter2" not in problem
    environment(DUALTRACK_EGRESS_PROXY="socks5h://u:hunter2@h:1080")
    assert problems() == [
        "DUALTRACK_EGRESS_PROXY: is to begin with socks5://; who looks names up is DUALTRACK_EGRESS_LOOKUP"
    ]


def test_what_is_about_a_proxy_needs_one(environment: SetAll) -> None:
    for name, value in (("DUALTRACK_EGRESS_LOOKUP", "proxy"), ("DUALTRACK_EGRESS_DIRECT", "10.0.0.0/8")):
        environment(DUALTRACK_EGRESS_LOOKUP="here", DUALTRACK_EGRESS_DIRECT="")
        environment(**{name: value})
        (problem,) = problems()
        assert problem.endswith("are of use with DUALTRACK_EGRESS_PROXY only: set that too, or remove them"), name


def test_serving_without_a_secret_key_names_the_remedy(environment: SetAll) -> None:
    with pytest.raises(SettingsError, match=r"^DUALTRACK_SECRET_KEY is not set: set it to at least 32 random"):
        load_settings().required_secret_key()


@pytest.mark.parametrize("password", ["hunter2", "hun/ter2", "hun@ter2", "hun?ter2", "hun#ter2"])
def test_nothing_shows_a_secret(environment: SetAll, password: str) -> None:
    environment(
        DUALTRACK_DATABASE_URL=f"postgresql://u:{password}@h/d",
        DUALTRACK_DATABASE_LISTEN_URL=f"postgresql://u:{password}@h/d",
        DUALTRACK_SECRET_KEY=SECRET,
    )
    settings = load_settings()
    shown = f"{settings!r} {settings} {settings.database_label}"
    assert "ter2" not in shown
    assert SECRET not in shown
    assert settings.database_label == "postgresql://h/d"


def test_settings_are_frozen(environment: SetAll) -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 1  # pyright: ignore[reportAttributeAccessIssue]
    assert settings.port == 8000


def test_every_setting_says_what_it_is_for() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")]
    assert silent == []
    assert variable("log_level") == "DUALTRACK_LOG_LEVEL"
