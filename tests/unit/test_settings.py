"""Settings are read once, from the environment, and mistakes are told in one line each."""

from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.settings import Settings


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        Settings.from_env({f"HOOKSMITH_{name}": value for name, value in environ.items()})
    return caught.value.problems


def test_nothing_has_to_be_set() -> None:
    """The defaults are the safe ones: only this machine is served, from one file."""
    settings = Settings.from_env({"PATH": "/bin"})
    assert settings.host == "127.0.0.1"
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.effective_database_url.startswith("sqlite:////")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "hooks.example.org"),
        ("DATABASE_URL", "mysql://x"),
        ("BROKER_URL", "http://x"),
        ("MAX_BODY_BYTES", "one"),
        ("MAX_BODY_BYTES", "0"),
        ("SCRIPT_CPU_S", "-1"),
        ("LOG_LEVEL", "loud"),
        ("ADMIN_USERNAME", "no spaces"),
        ("RETENTION_DAYS", "0"),
        ("SCRIPT_FETCH_ALLOW", "https://example.org"),
        ("SCRIPT_FETCH_S", "0"),
        ("NO_SUCH_THING", "1"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(name: str, value: str) -> None:
    """Whoever starts the server knows which variable to mend."""
    (line,) = problems(**{name: value})
    assert line.startswith(f"HOOKSMITH_{name}: ")
    assert "\n" not in line


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody has to start five times to find five mistakes."""
    assert len(problems(PORT="x", LOG_LEVEL="x", TYPO="x")) == 3


def test_every_wrong_entry_of_a_list_has_its_line() -> None:
    """Whoever allows ten hosts finds the two that are misspelt."""
    lines = problems(SCRIPT_FETCH_ALLOW="chat.lan, 10.0.0.1/8, [::1]:80, *, ,a:b")
    assert [line.partition(" is no host")[0] for line in lines] == [
        f"HOOKSMITH_SCRIPT_FETCH_ALLOW: {entry!r}" for entry in ("10.0.0.1/8", "*", "a:b")
    ]


@pytest.mark.parametrize("name", ["SECRET_KEY", "ADMIN_PASSWORD"])
def test_a_wrong_secret_is_not_repeated(name: str) -> None:
    """What ends up in a log must not hold the secret."""
    (line,) = problems(**{name: "short"})
    assert "short" not in line


@pytest.mark.parametrize(
    ("written", "size"), [("65536", 65536), ("64KiB", 65536), ("1 MiB", 1 << 20), ("2gib", 2 << 30)]
)
def test_sizes_may_have_units(written: str, size: int) -> None:
    """Bytes, KiB, MiB and GiB."""
    assert Settings.from_env({"HOOKSMITH_MAX_BODY_BYTES": written}).max_body_bytes == size


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    """NAME_FILE is how containers hand secrets over; both at once is a mistake."""
    file = tmp_path / "password"
    file.write_text("from a file\n")
    read = Settings.from_env({"HOOKSMITH_ADMIN_PASSWORD_FILE": str(file)})
    assert read.admin_password == "from a file"
    both = problems(ADMIN_PASSWORD_FILE=str(file), ADMIN_PASSWORD="directly said")
    assert "keep one" in both[0]
    missing = problems(SECRET_KEY_FILE=str(tmp_path / "missing"))
    assert missing[0].startswith("HOOKSMITH_SECRET_KEY_FILE: cannot read")


def test_secrets_are_not_in_the_repr() -> None:
    """A traceback that shows the settings shows no secret."""
    settings = Settings(admin_password="hush-hush-hush", secret_key="s" * 40)
    assert "hush" not in repr(settings)
    assert "ssss" not in repr(settings)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_is_opened_with_the_driver_that_is_installed(scheme: str) -> None:
    """Both usual spellings of the URL work."""
    settings = Settings(database_url=f"{scheme}://u@h/d")
    assert settings.effective_database_url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8080"), ("::1", "http://[::1]:8080"), ("h", "http://h:8080")],
)
def test_generated_urls_can_be_opened(host: str, url: str) -> None:
    """An address that means "all" is not one that can be called."""
    assert Settings(host=host).base_url == url


def test_a_password_that_makes_an_address_odd_is_hidden_all_the_same() -> None:
    """`[` is no part of a host here, though a URL's reader takes it for one."""
    settings = Settings(database_url="postgresql://postgres:p[ss@127.0.0.1:5432/x")
    assert "p[ss" in settings.secrets()
