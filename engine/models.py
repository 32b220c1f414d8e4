"""The tables. Nothing here reads or writes; the services do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Model, utcnow
from engine.kinds import Dialect as Dialect
from engine.kinds import IntegrationType as IntegrationType
from engine.kinds import Lifecycle as Lifecycle
from engine.kinds import RoomType as RoomType
from engine.kinds import UserType as UserType
from engine.outcomes import ExecutionKind as ExecutionKind
from engine.outcomes import Outcome as Outcome

_ID = sa.String(20)


class User(Model):
    __tablename__ = "user"
    # `admin` and `Admin` are one name: see `engine.users.find_by_username`.
    __table_args__ = (
        sa.Index("ix_user_lower_username", sa.text("lower(username)"), unique=True),
        sa.Index("ix_user_lower_email", sa.text("lower(email)"), unique=True),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(128), default="")
    type: Mapped[str] = mapped_column(sa.String(8), default=UserType.PERSON)
    roles: Mapped[list[str]] = mapped_column(default=list)
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    #: Changes with the password, so that sessions opened with the old one end.
    session_epoch: Mapped[int] = mapped_column(default=0)
    #: Told to whoever asks for the user; nothing is sent to it.
    email: Mapped[str | None] = mapped_column(sa.String(254))
    created_at: Mapped[dt.datetime]
    #: When anything of it changed; null when nothing has since it was recorded.
    updated_at: Mapped[dt.datetime | None] = mapped_column(onupdate=utcnow)


class AuthToken(Model):
    """A login over the API; only the token's digest is stored."""

    __tablename__ = "auth_token"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    user: Mapped[User] = relationship()
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class Room(Model):
    __tablename__ = "room"

    id: Mapped[str] = mapped_column(sa.String(48), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(1), default=RoomType.CHANNEL)
    name: Mapped[str | None] = mapped_column(sa.String(128), unique=True)
    topic: Mapped[str] = mapped_column(sa.String(1000), default="")
    read_only: Mapped[bool] = mapped_column(default=False)
    #: The two user ids of a direct room, sorted; empty for others. A direct room's id is both, joined.
    user_ids: Mapped[list[str]] = mapped_column(default=list)
    #: It takes no messages any more.
    archived: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: Who joined it.
    member_ids: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[dt.datetime]
    #: The id of who made it; null when that was before it was recorded, or nobody did.
    created_by: Mapped[str | None] = mapped_column(_ID)
    #: When anything of it but its messages changed; null when nothing has since it was recorded.
    updated_at: Mapped[dt.datetime | None] = mapped_column(onupdate=utcnow)


class Message(Model):
    """A message with Rocket.Chat's fields; `id` sorts by time of arrival."""

    __tablename__ = "message"
    __table_args__ = (
        sa.Index("ix_message_room_id_id", "room_id", "id"),
        # Most messages are neither edited nor reacted to nor answers, and cost these nothing.
        sa.Index(
            "ix_message_room_id_edited_at",
            "room_id",
            "edited_at",
            sqlite_where=sa.text("edited_at IS NOT NULL"),
            postgresql_where=sa.text("edited_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_message_room_id_reacted_at",
            "room_id",
            "reacted_at",
            sqlite_where=sa.text("reacted_at IS NOT NULL"),
            postgresql_where=sa.text("reacted_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_message_tmid_room_id",
            "tmid",
            "room_id",
            sqlite_where=sa.text("tmid IS NOT NULL"),
            postgresql_where=sa.text("tmid IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    room_id: Mapped[str] = mapped_column(sa.ForeignKey("room.id", ondelete="CASCADE"))
    ts: Mapped[dt.datetime]
    user_id: Mapped[str] = mapped_column(_ID)
    username: Mapped[str] = mapped_column(sa.String(64))
    user_name: Mapped[str] = mapped_column(sa.String(128), default="")
    msg: Mapped[str] = mapped_column(sa.Text, default="")
    alias: Mapped[str | None] = mapped_column(sa.Text)
    avatar: Mapped[str | None] = mapped_column(sa.Text)
    emoji: Mapped[str | None] = mapped_column(sa.Text)
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    #: The thread it is an answer in: see `engine.replies`.
    tmid: Mapped[str | None] = mapped_column(sa.String(64))
    #: The rest of what a message may carry: blocks, parseUrls, groupable, tshow, customFields.
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: The integration that posted it (`bot.i`), and the execution in which it did.
    integration_id: Mapped[str | None] = mapped_column(_ID)
    execution_id: Mapped[str | None] = mapped_column(_ID, index=True)
    #: How many calls of outgoing integrations led to it, one after the other; 0: a person wrote it.
    hops: Mapped[int] = mapped_column(default=0, server_default="0")
    #: When its text was last changed, and by whom: {_id, username}.
    edited_at: Mapped[dt.datetime | None]
    edited_by: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: {":tada:": {"usernames": ["ada"]}}, null when nobody reacts; and when that last changed.
    reactions: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    reacted_at: Mapped[dt.datetime | None]


class Integration(Model):
    __tablename__ = "integration"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(20), default=IntegrationType.INCOMING)
    name: Mapped[str] = mapped_column(sa.String(128), default="")
    description: Mapped[str] = mapped_column(sa.String(500), default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    #: Who its messages are from.
    user_id: Mapped[str] = mapped_column(_ID)
    username: Mapped[str] = mapped_column(sa.String(64))
    #: Where its messages go: `#room` and `@user`. Of an outgoing one: what it listens to.
    channels: Mapped[list[str]] = mapped_column(default=list)
    alias: Mapped[str] = mapped_column(sa.String(128), default="")
    avatar: Mapped[str] = mapped_column(sa.Text, default="")
    emoji: Mapped[str] = mapped_column(sa.String(64), default="")
    override_channel: Mapped[bool] = mapped_column(default=False)
    script_enabled: Mapped[bool] = mapped_column(default=False)
    lifecycle: Mapped[str] = mapped_column(sa.String(16), default=Lifecycle.PER_REQUEST)
    dialect: Mapped[str] = mapped_column(sa.String(16), default=Dialect.ROCKETCHAT)
    #: `engine.dialects.SWITCHES` that are not as they are by default.
    dialect_options: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    #: What `engine.outgoing.settings` made of its fields; null for an incoming one.
    outgoing: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    destinations: Mapped[list[str]] = mapped_column(default=lambda: ["rooms"])
    #: Per-integration limits below the administrator's: see `engine.limits`.
    limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: How its requests are signed (`engine.signatures.validate_config`), null when nobody asks; and
    #: the secrets for it, a JSON list, encrypted.
    verification: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    verification_secret: Mapped[str | None] = mapped_column(sa.Text)
    #: {windowS, header}: what is delivered again is not run again; null when everything is run.
    deduplication: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: SHA-256 of the URL token (of an outgoing one: of what is sent with its calls), and the token
    #: itself encrypted, for showing it again on demand.
    token_digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    token_encrypted: Mapped[str] = mapped_column(sa.Text)
    #: JSON of the script's `secrets`, encrypted; null when it has none.
    secrets_encrypted: Mapped[str | None] = mapped_column(sa.Text)
    #: The script version that runs; none when there is no script.
    version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("script_version.id", ondelete="SET NULL", use_alter=True)
    )
    version: Mapped[ScriptVersion | None] = relationship(
        foreign_keys=[version_id], post_update=True
    )
    #: Where it was imported from, `rocketchat:<id>` or `mattermost:<id>`; null when it was made here.
    origin: Mapped[str | None] = mapped_column(sa.String(64), index=True, unique=True)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(sa.String(64), default="")


class ScriptVersion(Model):
    """One saved source text; `number` counts from 1 within its integration."""

    __tablename__ = "script_version"
    __table_args__ = (sa.UniqueConstraint("integration_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[str] = mapped_column(sa.ForeignKey("integration.id", ondelete="CASCADE"))
    number: Mapped[int]
    source: Mapped[str] = mapped_column(sa.Text)
    #: Why it cannot run, as found when it was saved: name, message, line, column.
    problem: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: What it runs as (`engine.sandbox.outcome.Compiled`); null until it was compiled.
    compiled: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(sa.String(64), default="")


class ScriptStore(Model):
    """
    What an integration's script holds in `Store`, as JSON text.

    There is no foreign key: a request that is still running when its integration is removed must not
    lose its place in the log for it.
    """

    __tablename__ = "script_store"

    integration_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    content: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[dt.datetime]


class IntegrationPause(Model):
    """
    What `engine.pauses` knows of an integration whose runs timed out or crashed; no row: nothing bad.

    There is no foreign key, for the reason that `ScriptStore` has none.
    """

    __tablename__ = "integration_pause"

    integration_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    #: Counts pauses, trials and resumptions: what runs of an earlier one come to is no longer news.
    epoch: Mapped[int] = mapped_column(default=0)
    #: Runs in a row that were stopped or crashed.
    failures: Mapped[int] = mapped_column(default=0)
    #: Pauses in a row; 0 while it works.
    level: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[dt.datetime | None]
    #: The pause is over and one run tries; `paused_until` is when that is given up.
    on_trial: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    #: The execution that caused the pause.
    execution_id: Mapped[str | None] = mapped_column(_ID)
    updated_at: Mapped[dt.datetime]


class Execution(Model):
    """
    One request and what became of it: the row that lists show. `id` sorts by time of arrival.

    What is long (request, console, answer) is in `ExecutionDetail`, so that a page of a
    million-row log reads little. There is no foreign key to the integration: the log outlives it.
    """

    __tablename__ = "execution"
    __table_args__ = (
        sa.Index("ix_execution_integration_id_id", "integration_id", "id"),
        sa.Index("ix_execution_outcome_id", "outcome", "id"),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    integration_id: Mapped[str | None] = mapped_column(_ID)
    integration_name: Mapped[str] = mapped_column(sa.String(128), default="")
    version_number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(sa.String(8), default=ExecutionKind.HOOK)
    #: The execution that a replay repeated.
    replay_of: Mapped[str | None] = mapped_column(_ID)
    received_at: Mapped[dt.datetime]
    outcome: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[int]
    #: What happened, in a sentence.
    summary: Mapped[str] = mapped_column(sa.String(500), default="")
    remote_address: Mapped[str] = mapped_column(sa.String(64), default="")
    message_count: Mapped[int] = mapped_column(default=0)
    #: Milliseconds: waiting for a sandbox, running the script, all until the answer was ready.
    queue_ms: Mapped[float | None]
    run_ms: Mapped[float | None]
    total_ms: Mapped[float] = mapped_column(default=0.0)
    stored_bytes: Mapped[int] = mapped_column(default=0)
    #: What the run took: making its sandbox, computing, and memory beyond what the process had.
    boot_ms: Mapped[float | None]
    cpu_ms: Mapped[float | None]
    memory_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    console_bytes: Mapped[int] = mapped_column(default=0, server_default="0")
    result_bytes: Mapped[int] = mapped_column(default=0, server_default="0")
    #: How often it asked something of the outside.
    call_count: Mapped[int] = mapped_column(default=0, server_default="0")


class ExecutionDetail(Model):
    __tablename__ = "execution_detail"

    execution_id: Mapped[str] = mapped_column(
        sa.ForeignKey("execution.id", ondelete="CASCADE"), primary_key=True
    )
    method: Mapped[str] = mapped_column(sa.String(16))
    #: Path and query as received, the token replaced by dots.
    path: Mapped[str] = mapped_column(sa.Text)
    #: [name, value] pairs as received, credentials replaced by dots.
    headers: Mapped[list[Any]] = mapped_column(default=list)
    body: Mapped[bytes] = mapped_column(default=b"")
    #: The body was not read (too large, or refused before), so it is not all here.
    body_truncated: Mapped[bool] = mapped_column(default=False)
    #: {level, text, at}: `at` is milliseconds since the run began; with `own` where Hooksmith says it.
    console: Mapped[list[Any]] = mapped_column(default=list)
    #: What the script returned.
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: {name, message, line, column, stack}
    error: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    #: What was answered.
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    #: What it asked of the outside: see `engine.script_host`.
    calls: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    #: What the run saw, encrypted, so that it can be repeated: see `engine.recording`.
    recording: Mapped[bytes | None]
    #: Of an outgoing one: {step, at, …} as it went, and, encrypted, what triggered it.
    steps: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    occasion: Mapped[bytes | None]


class Meta(Model):
    """Facts about the installation, such as a canary that proves the secret key is the right one."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
