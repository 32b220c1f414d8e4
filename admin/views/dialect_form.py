"""The Callers part of an integration's form: whose callers it answers, and what they may decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from engine import dialects
from engine.models import Dialect, Integration

#: Dialect -> what to call it, and what its callers get.
DIALECTS: Mapping[str, tuple[str, str]] = {
    Dialect.ROCKETCHAT: ("Rocket.Chat", '/hooks/<id>/<token>; answers {"success": true}'),
    Dialect.MATTERMOST: ("Mattermost", "/hooks/<token>; answers ok, and Mattermost's errors"),
    Dialect.KCHAT: ("kChat", "/hooks/<token>; answers with the post, and Mattermost's errors"),
    Dialect.SLACK: ("Slack", "/services/T…/B…/<token>; answers ok, and Slack's errors"),
    Dialect.GOOGLECHAT: ("Google Chat", "/v1/spaces/<id>/messages?…; answers with the message"),
}
#: The same of outgoing ones: whose calls they imitate.
OUTGOING_DIALECTS: Mapping[str, tuple[str, str]] = {
    Dialect.ROCKETCHAT: ("Rocket.Chat", "JSON, one address after the other, tried again"),
    Dialect.MATTERMOST: ("Mattermost", "a form or JSON, all addresses at once, tried once"),
    Dialect.KCHAT: ("kChat", "as Mattermost"),
}
#: Field of the form -> name that the engine gives it.
_NAMES = {
    "locked": "channelLocked",
    "name_override": "usernameOverrideEnabled",
    "icon_override": "iconOverrideEnabled",
}
FORM_NAMES = {name: field for field, name in _NAMES.items()}


@dataclass(frozen=True, slots=True)
class DialectForm:
    """The values of its fields."""

    dialect: str = Dialect.ROCKETCHAT
    locked: bool = False
    name_override: bool = True
    icon_override: bool = True
    #: Whether the fields were there at all; where they were not, nothing changes.
    present: bool = True

    @classmethod
    def of(cls, integration: Integration) -> DialectForm:
        """Return the form that shows an integration as it is."""
        switches = dialects.switches(integration.dialect_options)
        return cls(integration.dialect, *(switches[name] for name in _NAMES.values()))

    @classmethod
    def typed(cls, form: MultiDict[str, str]) -> DialectForm:
        """Return what somebody submitted."""
        if "dialect" not in form:
            return cls(present=False)
        return cls(form["dialect"], *(name in form for name in _NAMES))

    def given(self) -> dict[str, Any]:
        """Return the values as the engine takes them."""
        if not self.present:
            return {}
        return {
            "dialect": self.dialect,
            **{name: getattr(self, field) for field, name in _NAMES.items()},
        }
