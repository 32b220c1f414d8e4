"""The form of an integration: what it shows, and what was typed into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from werkzeug.datastructures import MultiDict

from admin.views import dialect_form, outgoing_form, security_form
from admin.views.destinations_part import DestinationsPart
from admin.views.dialect_form import DialectForm
from admin.views.outgoing_form import OutgoingForm
from admin.views.secrets_part import SecretsPart
from admin.views.security_form import SecurityForm
from engine.models import Integration, IntegrationType, Lifecycle
from engine.users import BOT_USERNAME

#: What a new integration starts with; it works, and says how.
SAMPLE_SCRIPT = (Path(__file__).parent.parent / "sample_script.js").read_text(encoding="utf-8")
#: What a new outgoing one starts with.
SAMPLE_OUTGOING_SCRIPT = (Path(__file__).parent.parent / "sample_outgoing_script.js").read_text(
    encoding="utf-8"
)
#: A body that suits it.
SAMPLE_BODY = '{\n  "text": "Hello from Hooksmith",\n  "level": "info"\n}'

#: Field of the form -> name that the engine gives it, where it is another.
_ENGINE_NAMES = {
    "override": "overrideDestinationChannelEnabled",
    "script_enabled": "scriptEnabled",
}
_FORM_NAMES = (
    {name: field for field, name in _ENGINE_NAMES.items()}
    | security_form.FORM_NAMES
    | dialect_form.FORM_NAMES
    | outgoing_form.FORM_NAMES
)
#: Fields of the form object that are no plain values.
_NOT_VALUES = ("base", "errors", "security", "destinations", "secrets", "callers", "calls")
_FLAGS = ("enabled", "script_enabled", "override")


@dataclass(frozen=True, slots=True)
class IntegrationForm:
    """The values of the fields, and what is wrong with them."""

    type: str = IntegrationType.INCOMING
    name: str = ""
    description: str = ""
    channel: str = "#general"
    username: str = BOT_USERNAME
    alias: str = ""
    avatar: str = ""
    emoji: str = ""
    enabled: bool = True
    script_enabled: bool = True
    override: bool = False
    lifecycle: str = Lifecycle.PER_REQUEST
    script: str = ""
    #: Number of the version that the typed script was made from; 0: there was none.
    base: int = 0
    security: SecurityForm = field(default_factory=SecurityForm)
    destinations: DestinationsPart = field(default_factory=DestinationsPart)
    secrets: SecretsPart = field(default_factory=SecretsPart)
    callers: DialectForm = field(default_factory=DialectForm)
    calls: OutgoingForm = field(default_factory=OutgoingForm)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, integration: Integration, secret_names: Iterable[str] = ()) -> IntegrationForm:
        """Return the form that shows an integration as it is, with the names of its secrets."""
        version = integration.version
        return cls(
            type=integration.type,
            name=integration.name,
            description=integration.description,
            channel=", ".join(integration.channels),
            username=integration.username,
            alias=integration.alias,
            avatar=integration.avatar,
            emoji=integration.emoji,
            enabled=integration.enabled,
            script_enabled=integration.script_enabled,
            override=integration.override_channel,
            lifecycle=integration.lifecycle,
            script=version.source if version else "",
            base=version.number if version else 0,
            security=SecurityForm.of(integration),
            destinations=DestinationsPart.of(integration),
            secrets=SecretsPart.of(secret_names),
            callers=DialectForm.of(integration),
            calls=OutgoingForm.of(integration),
        )

    @classmethod
    def typed(cls, form: MultiDict[str, str]) -> IntegrationForm:
        """Return what somebody submitted."""
        values: dict[str, Any] = {
            one.name: form[one.name]
            for one in fields(cls)
            if one.name in form and one.name not in (*_FLAGS, *_NOT_VALUES)
        }
        values |= {name: name in form for name in _FLAGS}
        # Browsers send line ends as CRLF.
        values["script"] = form.get("script", "").replace("\r\n", "\n")
        base = form.get("base", "")
        values["base"] = int(base) if base.isdecimal() and len(base) < 10 else 0
        return cls(
            **values,
            security=SecurityForm.typed(form),
            destinations=DestinationsPart.typed(form),
            secrets=SecretsPart.typed(form),
            callers=DialectForm.typed(form),
            calls=OutgoingForm.typed(form),
        )

    @property
    def is_outgoing(self) -> bool:
        return self.type == IntegrationType.OUTGOING

    def given(self) -> dict[str, Any]:
        """Return the values as the engine takes them."""
        values = {
            _ENGINE_NAMES.get(one.name, one.name): getattr(self, one.name)
            for one in fields(self)
            if one.name not in _NOT_VALUES
        }
        values |= self.destinations.given() | self.secrets.given() | self.callers.given()
        if self.is_outgoing:
            del values["overrideDestinationChannelEnabled"]
            return values | self.calls.given()
        return values | self.security.given()

    def wrong(self, engine_name: str | None, message: str) -> IntegrationForm:
        """Return the form with a field marked as wrong."""
        name = _FORM_NAMES.get(engine_name or "", engine_name or "")
        return replace(self, errors={**self.errors, name: security_form.said(message)})


def check(form: IntegrationForm) -> IntegrationForm:
    """Return the form with what the pages ask beyond what the engine does."""
    if not form.name.strip():
        form = form.wrong("name", "Give it a name, such as GitHub")
    if problem := form.destinations.problem():
        form = form.wrong("destinations", problem)
    if problem := form.secrets.problem():
        form = form.wrong("secrets", problem)
    return form
