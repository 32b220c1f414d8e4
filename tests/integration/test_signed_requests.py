"""Hooks that ask for signatures: who gets in, what the others are told, what the log says."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import time
from typing import Any

import pytest
import sqlalchemy as sa

from engine import incoming
from engine.models import Execution, ExecutionDetail, Integration
from engine.redaction import HIDDEN
from engine.runtime import Engine
from tests.support import Api, Hook, script

SECRET = "it is a long secret"
BODY = b'{"text":"h\\u00e9llo"}'
JSON = "application/json"


def signature(body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    """Return the header that GitHub sends."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def send(hook: Hook, headers: dict[str, str], body: bytes = BODY) -> Any:
    return hook.post(data=body, content_type=JSON, headers=headers)


@pytest.fixture
def hook(api: Api) -> Hook:
    """A hook for signed requests of GitHub's kind."""
    return api.hook(verification={"preset": "github", "secret": SECRET})


def test_signed_requests_get_in(api: Api, hook: Hook) -> None:
    """A right signature changes nothing for the caller."""
    answer = send(hook, signature())
    assert (answer.status_code, answer.get_json()) == (200, {"success": True})
    assert [one["msg"] for one in api.messages()] == ["héllo"]


@pytest.mark.parametrize(
    ("headers", "code", "told"),
    [
        ({}, "missing-header", "the header X-Hub-Signature-256 is missing"),
        (signature(BODY + b" "), "wrong-signature", "is not that of this body"),
        (signature(secret="another"), "wrong-signature", "with the configured secret"),
        ({"X-Hub-Signature-256": "sha1=0"}, "malformed-header", "does not begin with sha256="),
    ],
)
def test_others_are_refused_before_anything_runs(
    api: Api, hook: Hook, headers: dict[str, str], code: str, told: str
) -> None:
    """They get a 401 in Rocket.Chat's words that says what is wrong; so does the log."""
    marked = script("console.log('ran'); return { content: { text: 'ran' } }")
    api.post("integrations.update", integrationId=hook.id, script=marked, scriptEnabled=True)
    answer = send(hook, headers)
    assert answer.status_code == 401
    said = answer.get_json()
    assert said["success"] is False
    assert said["error"].startswith("Verification failed: ")
    assert told in said["error"]
    assert api.messages() == []
    logged = hook.last()
    assert answer.headers["X-Execution-Id"] == logged["_id"]
    assert (logged["outcome"], logged["status"]) == ("bad-signature", 401)
    assert logged["summary"].startswith(f"{code}: ")
    assert logged["console"] == []
    assert logged["request"]["body"] == BODY.decode()


def test_an_unsigned_get_is_refused_too(hook: Hook) -> None:
    """There is no way round by another method."""
    assert hook.api.client.get(hook.path).status_code == 401


def test_the_signature_is_of_the_bytes_that_came(hook: Hook) -> None:
    """Nothing is parsed and written again, not even what is no JSON at all."""
    for body in (b'{ "text" :\t"a" }\r\n', b"text=a&text=b", b"\xff\x00\xfe", b""):
        assert send(hook, signature(body), body).status_code == 200


def test_a_compressed_body_is_verified_as_what_it_holds(hook: Hook) -> None:
    """Content-Encoding is undone first, as web frameworks do before a handler sees a body."""
    answer = hook.post(
        data=gzip.compress(BODY),
        content_type=JSON,
        headers={**signature(), "Content-Encoding": "gzip"},
    )
    assert answer.status_code == 200


def test_a_disabled_hook_does_not_tell_strangers(api: Api, hook: Hook) -> None:
    """Who cannot sign learns only that."""
    api.post("integrations.update", integrationId=hook.id, enabled=False)
    assert send(hook, {}).status_code == 401
    assert send(hook, signature()).status_code == 503


def test_refusals_count_towards_the_flood_guard(
    api: Api, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of forgeries of one address do not push real requests out of the log."""
    monkeypatch.setattr(incoming, "MAX_REFUSALS_A_MINUTE", 3)
    statuses = [send(hook, {}).status_code for _ in range(6)]
    assert statuses == [401] * 6
    assert api.get("executions.list", integrationId=hook.id)["total"] == 3
    assert "not logged" in hook.last()["summary"]
    assert send(hook, signature()).status_code == 200


def test_a_replay_is_the_administrators_word(api: Api, hook: Hook) -> None:
    """What was refused can be run by who may do so; signatures are for strangers."""
    send(hook, {})
    replayed = api.post("executions.replay", executionId=hook.last()["_id"])
    assert replayed["success"] is True
    assert [one["msg"] for one in api.messages()] == ["héllo"]


def test_a_timestamp_has_to_be_of_now(api: Api) -> None:
    """The clock of a running server decides."""
    hook = api.hook(verification={"preset": "chatwoot", "secret": SECRET})

    def signed(sent_at: int) -> dict[str, str]:
        content = f"{sent_at}.".encode() + BODY
        digest = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
        return {"X-Chatwoot-Timestamp": str(sent_at), "X-Chatwoot-Signature": f"sha256={digest}"}

    now = int(time.time())
    assert send(hook, signed(now)).status_code == 200
    assert send(hook, signed(now - 400)).status_code == 401
    assert "too-old" in hook.last()["summary"]
    assert send(hook, signed(now + 400)).status_code == 401


def test_passwords_are_asked_for(api: Api) -> None:
    """HTTP Basic says so to callers who send nothing, and the log holds no password."""
    hook = api.hook(verification={"preset": "basic", "user": "ops", "secret": SECRET})
    answer = send(hook, {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    value = base64.b64encode(f"ops:{SECRET}".encode()).decode()
    assert send(hook, {"Authorization": f"Basic {value}"}).status_code == 200
    assert value not in str(hook.last())


def test_a_password_keeps_its_outer_blanks(api: Api) -> None:
    """Senders send what was typed; only a pasted line end is left out."""
    password = "  blanks around "
    hook = api.hook(verification={"preset": "basic", "user": "ops", "secret": f"{password}\r\n"})
    for said, status in ((password, 200), (password.strip(), 401)):
        value = base64.b64encode(f"ops:{said}".encode()).decode()
        assert send(hook, {"Authorization": f"Basic {value}"}).status_code == status


@pytest.mark.parametrize("preset", ["gitlab", "basic"])
def test_a_secret_that_travels_is_not_logged(api: Api, preset: str) -> None:
    """A script gets the headers as they came; what it says of them is logged without the secret."""
    source = script("console.log(request.headers); return { error: request.headers }")
    verification = {"preset": preset, "secret": SECRET}
    headers = {"X-Gitlab-Token": SECRET}
    if preset == "basic":
        verification["user"] = "ops"
        value = base64.b64encode(f"ops:{SECRET}".encode()).decode()
        headers = {"Authorization": f"Basic {value}"}
    hook = api.hook(source, verification=verification)
    answer = send(hook, headers)
    assert answer.get_json()[next(iter(headers)).lower()] in headers.values()
    logged = str(hook.last())
    assert "content-type" in logged
    assert not any(value.removeprefix("Basic ") in logged for value in headers.values())
    repeated = api.post("executions.replay", executionId=hook.last()["_id"], exact=True)
    assert "content-type" in str(repeated)
    assert repeated["differs"] == []
    assert not any(value.removeprefix("Basic ") in str(repeated) for value in headers.values())


def test_the_secret_is_kept_encrypted_and_never_shown(api: Api, engine: Engine, hook: Hook) -> None:
    """Neither the API nor the database nor the log holds it in clear."""
    send(hook, {**signature(), "X-Gitlab-Token": SECRET})
    shown = [
        api.get("integrations.get", integrationId=hook.id)["integration"],
        api.get("integrations.list")["integrations"][0],
        api.post("integrations.update", integrationId=hook.id, name="Renamed")["integration"],
    ]
    for one in shown:
        assert one["verification"] == {"preset": "github", "secret": HIDDEN}
    with engine.database.read() as session:
        rows = [
            session.execute(sa.select(table)).mappings().all()
            for table in (Integration.__table__, Execution.__table__, ExecutionDetail.__table__)
        ]
    assert SECRET not in str(rows)


def test_an_update_keeps_the_secret(api: Api, hook: Hook) -> None:
    """Left out, or sent back as the dots it is shown as, it stays; a new one ends the old one."""
    for verification in (
        {"preset": "github"},
        {"preset": "github", "secret": HIDDEN},
        {"preset": "github", "secret": ""},
    ):
        api.post("integrations.update", integrationId=hook.id, verification=verification)
        assert send(hook, signature()).status_code == 200
    several = {"preset": "github", "secret": ["new\n", SECRET]}
    api.post("integrations.update", integrationId=hook.id, verification=several)
    assert send(hook, signature()).status_code == 200
    assert send(hook, signature(secret="new")).status_code == 200
    only = {"preset": "github", "secret": "newer"}
    api.post("integrations.update", integrationId=hook.id, verification=only)
    assert send(hook, signature()).status_code == 401


def test_another_sender_needs_another_secret(api: Api, hook: Hook) -> None:
    """A secret is never tried as that of somebody else."""
    refused = api.post(
        "integrations.update",
        status=400,
        integrationId=hook.id,
        verification={"preset": "slack"},
    )
    assert refused["details"]["field"] == "verification.secret"
    assert send(hook, signature()).status_code == 200


def test_it_can_be_switched_off(api: Api, engine: Engine, hook: Hook) -> None:
    """Null ends it, and the secret is gone."""
    api.post("integrations.update", integrationId=hook.id, verification=None)
    assert send(hook, {}).status_code == 200
    with engine.database.read() as session:
        stored = session.get_one(Integration, hook.id)
    assert (stored.verification, stored.verification_secret) == (None, None)
    assert api.hook().post({"text": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("verification", "field"),
    [
        ("github", "verification"),
        ([], "verification"),
        ({}, "verification.preset"),
        ({"preset": "github"}, "verification.secret"),
        ({"preset": "github", "secret": 5}, "verification.secret"),
        ({"preset": "github", "secret": HIDDEN}, "verification.secret"),
        ({"preset": "github", "secret": ["a", HIDDEN]}, "verification.secret"),
        ({"preset": "hmac", "secret": "x"}, "verification.header"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(api: Api, verification: Any, field: str) -> None:
    """A half-configured hook is never saved, because it would be an open one or a dead one."""
    refused = api.post(
        "integrations.create",
        status=400,
        type="webhook-incoming",
        channel="#general",
        verification=verification,
    )
    assert refused["details"]["field"] == field
    assert api.get("integrations.list")["total"] == 0


def test_a_damaged_setting_lets_nobody_in(api: Api, engine: Engine, hook: Hook) -> None:
    """Whatever stands in the database, doubt means no."""
    for verification, secret in (
        ({}, "kept"),
        ({"preset": "future"}, "kept"),
        ({"preset": "github"}, None),
    ):
        with engine.database.write() as session:
            stored = session.get_one(Integration, hook.id)
            stored.verification = verification
            if secret is None:
                stored.verification_secret = None
        assert send(hook, signature()).status_code == 401
