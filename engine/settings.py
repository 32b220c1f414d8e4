"""Settings: everything the environment decides, checked once at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from engine.errors import ConfigError
from engine.outbound.entries import parse_entries, split_entries

PREFIX = "HOOKSMITH_"
#: These may also be given as the path of a file, in NAME_FILE.
SECRETS = ("admin_password", "secret_key", "database_url", "broker_url")
#: Outer blanks belong to these.
AS_TYPED = frozenset({"admin_password"})

_BYTES = re.compile(r"(\d+)\s*(B|KiB|MiB|GiB)?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}

_MIN_SECRET_KEY_CHARS = 32

PositiveInt = Annotated[int, Field(ge=1)]
Bytes = Annotated[int, Field(ge=1)]


def secret_key_problem(key: str) -> str:
    """Return what is wrong with a secret key, wherever it comes from; empty when nothing is."""
    if len(key) < _MIN_SECRET_KEY_CHARS:
        return f"use at least {_MIN_SECRET_KEY_CHARS} random characters"
    # Line ends are what `openssl rand -base64` puts into a long one.
    return "" if "".join(key.split()).isprintable() else "use characters that can be printed"


class Settings(BaseModel):
    """
    What an administrator can decide.

    Every field is the environment variable `HOOKSMITH_` plus its name in capitals. Sizes are
    bytes and may be written `512KiB` or `1 MiB`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    public_url: str = Field(
        "", description="How the world reaches this server; generated hook URLs start with it."
    )
    data_dir: Path = Field(
        Path("data"), description="Folder of the SQLite file and the generated secret key."
    )
    database_url: str = Field(
        "", description="`postgresql://…` or `sqlite:///…`; empty: a file in the data folder."
    )
    broker_url: str = Field(
        "",
        description="`redis://…` or `amqp://…` of a fleet: `serve` then only rings, `worker` delivers.",
    )
    admin_username: str = Field(
        "admin",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="The first user's name; without effect once there is an administrator.",
    )
    admin_password: str = Field(
        "",
        repr=False,
        description="Password of the first user, used only when that user is made; later changes have"
        " no effect (see `hooksmith reset-password`). Empty: a random one is made and printed.",
    )
    secret_key: str = Field(
        "",
        repr=False,
        description="Signs sessions and encrypts stored secrets; empty: generated into the data folder.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What the server prints."
    )
    threads: PositiveInt = Field(
        64, le=1024, description="Requests handled at the same time by one process."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="Reverse proxies in front whose X-Forwarded-* is believed."
    )
    max_body_bytes: Bytes = Field(
        1 << 20, description="Largest request body, after decompression; beyond it 413."
    )
    rate_limit_per_minute: int = Field(
        600, ge=0, description="Requests a minute to one hook; 0: no limit. Beyond it 429."
    )
    message_max_chars: PositiveInt = Field(5000, description="Longest message text.")
    script_max_bytes: Bytes = Field(256 << 10, description="Largest script source.")
    script_cpu_s: float = Field(3.0, gt=0, le=600, description="CPU seconds one run may use.")
    script_wall_s: float = Field(10.0, gt=0, le=600, description="Seconds one run may take.")
    script_heap_bytes: Annotated[int, Field(ge=16 << 20)] = Field(
        64 << 20, description="V8 heap of one run."
    )
    script_fetch_allow: str = Field(
        "",
        description="What scripts may call although it is not public: `name`, `name:port`,"
        " `*.example.org`, `10.0.0.0/8`, `[::1]:8080`, separated by commas.",
    )
    script_fetch_calls: int = Field(10, ge=0, description="HTTP calls one run may make.")
    script_fetch_s: float = Field(
        5.0, gt=0, le=600, description="Seconds one such call may take, redirects included."
    )
    script_fetch_bytes: Bytes = Field(
        1 << 20, description="Largest answer to such a call, after decompression."
    )
    delivery_timeout_s: float = Field(
        15.0, gt=0, le=30, description="Seconds one request of a delivery may take."
    )
    delivery_retry_s: str = Field(
        "5,30,120,600,1800,3600,7200",
        description="Seconds until a delivery that failed is tried again; the last one repeats.",
    )
    delivery_give_up_s: float = Field(
        86_400.0, gt=0, description="A delivery that has not arrived for so long has failed."
    )
    delivery_hold_s: float = Field(
        300.0,
        ge=0,
        le=86_400,
        description="Seconds that other messages wait while a long one is tried again of which parts"
        " have arrived.",
    )
    console_max_lines: PositiveInt = Field(500, description="Console lines kept of one run.")
    console_max_bytes: Bytes = Field(64 << 10, description="Console text kept of one run.")
    result_max_bytes: Bytes = Field(1 << 20, description="Largest result of one run.")
    sandbox_workers: int = Field(
        0, ge=0, le=256, description="V8 processes; 0: one for each core, at least two."
    )
    sandbox_spares: int = Field(
        1, ge=0, le=64, description="Started V8 processes kept ready to replace one that dies."
    )
    sandbox_wait_s: float = Field(
        5.0, gt=0, le=600, description="Seconds a request may wait for a V8 process; then 503."
    )
    sandbox_queue: PositiveInt = Field(
        256, description="Requests that may wait for a V8 process; beyond it 503 at once."
    )
    sandbox_strict: bool = Field(
        False, description="Refuse to start where a layer of the sandbox is missing."
    )
    pause_after_failures: int = Field(
        5,
        ge=0,
        le=1000,
        description="Runs in a row that time out or crash until their integration is paused; 0: never.",
    )
    kept_instances: PositiveInt = Field(
        1000, description="`kept` script instances in memory; the least recently used goes."
    )
    retention_days: PositiveInt = Field(
        30,
        description="Executions, and deliveries that have ended, are deleted after so many days.",
    )
    retention_executions: PositiveInt = Field(
        1_000_000, description="Executions kept at most, and deliveries; the oldest go."
    )
    retention_bytes: Bytes = Field(
        5 << 30,
        description="Bytes of stored requests, consoles, answers and what was to be delivered kept at most.",
    )
    retention_messages_days: int = Field(
        0, ge=0, description="Messages in rooms are deleted after so many days; 0: kept for ever."
    )
    session_hours: PositiveInt = Field(12, description="Hours until a login ends.")

    @field_validator("*", mode="before")
    @classmethod
    def _read_sizes(cls, value: Any, info: Any) -> Any:
        if isinstance(value, str) and info.field_name.endswith("_bytes"):
            match = _BYTES.fullmatch(value.strip())
            if match is None:
                raise ValueError("write a size such as 65536, 64KiB or 1MiB")
            return int(match[1]) * _UNITS[(match[2] or "").lower()]
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write a whole address such as https://hooks.example.org")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("only sqlite:///… and postgresql://… are supported")
        if value.partition("?")[0] in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("name a file after sqlite:///; memory alone is not supported")
        return value

    @field_validator("broker_url")
    @classmethod
    def _check_broker_url(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "amqp://", "amqps://")):
            raise ValueError("only redis://… and amqp://… are supported")
        return value

    @field_validator("script_fetch_allow")
    @classmethod
    def _check_script_fetch_allow(cls, value: str) -> str:
        try:
            parse_entries(split_entries(value))
        except ConfigError as exc:
            raise ValueError("\n".join(exc.problems)) from exc
        return value

    @field_validator("delivery_retry_s")
    @classmethod
    def _check_delivery_retry_s(cls, value: str) -> str:
        if not all(re.fullmatch(r"\s*\d+(\.\d+)?\s*", part) for part in value.split(",")):
            raise ValueError("write seconds with commas between them, such as 5,30,120")
        return value

    @field_validator("secret_key")
    @classmethod
    def _check_secret_key(cls, value: str) -> str:
        if value and (problem := secret_key_problem(value)):
            raise ValueError(problem)
        return value

    @field_validator("admin_password")
    @classmethod
    def _check_admin_password(cls, value: str) -> str:
        if value and not 8 <= len(value) <= 4096:
            raise ValueError("use at least 8 characters, and at most 4096")
        return value

    @model_validator(mode="after")
    def _check_fleet(self) -> Settings:
        if self.broker_url and not self.database_url.startswith("postgres"):
            raise ValueError(
                "HOOKSMITH_BROKER_URL: a fleet shares postgresql://… in HOOKSMITH_DATABASE_URL;"
                " SQLite is for one process"
            )
        return self

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """
        Read `HOOKSMITH_*`, and secrets from the files that `HOOKSMITH_*_FILE` name.

        :raise ConfigError: with one line for every wrong or unknown variable.
        """
        values: dict[str, str] = {}
        problems: list[str] = []
        for name, value in sorted(environ.items()):
            if not name.startswith(PREFIX):
                continue
            field = name.removeprefix(PREFIX).lower()
            if field.endswith("_file") and field.removesuffix("_file") in SECRETS:
                field = field.removesuffix("_file")
                if PREFIX + field.upper() in environ:
                    problems.append(f"{name}: {PREFIX}{field.upper()} is set as well; keep one")
                    continue
                try:
                    value = Path(value).read_bytes().decode()
                except (OSError, UnicodeDecodeError) as exc:
                    problems.append(f"{name}: cannot read the file ({exc})")
                    continue
                # Editors end a file with a line end.
                value = value.removesuffix("\n").removesuffix("\r")
            if field not in cls.model_fields:
                problems.append(f"{name}: there is no such setting")
            elif value.strip():
                values[field] = value if field in AS_TYPED else value.strip()
        try:
            settings = cls.model_validate(values)
        except ValidationError as exc:
            for error in exc.errors():
                problems.extend(_problem_lines(error))
        if problems:
            raise ConfigError(*problems)
        return settings

    def secrets(self) -> tuple[str, ...]:
        """Return what no log may tell: the secrets, and the passwords that are parts of addresses."""
        passwords = map(_password_in, (self.database_url, self.broker_url))
        return (self.admin_password, self.secret_key, *passwords)

    @property
    def delivery_schedule_s(self) -> tuple[float, ...]:
        """How long to wait after each failed attempt."""
        return tuple(float(part) for part in self.delivery_retry_s.split(","))

    @property
    def effective_database_url(self) -> str:
        """The database to open, as SQLAlchemy names it."""
        url = self.database_url or f"sqlite:///{self.data_dir.absolute() / 'hooksmith.sqlite3'}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @property
    def base_url(self) -> str:
        """Where generated URLs point: the public address, or the one listened on."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def _password_in(address: str) -> str:
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        # Its driver may read it all the same: what stands before the host is the user and the password.
        user, _, password = address.partition("://")[2].rpartition("@")[0].partition(":")
        return unquote(password or user)


def _problem_lines(error: Any) -> list[str]:
    if not error["loc"]:
        return [
            str(error["msg"]).removeprefix("Value error, ")
        ]  # of several fields, and names them
    name = PREFIX + str(error["loc"][0]).upper()
    reasons = error["msg"].removeprefix("Value error, ").splitlines()
    if len(reasons) > 1 or str(error["loc"][0]) in (*SECRETS, "script_fetch_allow"):
        return [f"{name}: {reason}" for reason in reasons]
    return [f"{name}: {reasons[0]} (it is {error['input']!r})"]
