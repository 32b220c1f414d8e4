"""The Security part of an integration's form: who signs its requests, and what counts as sent before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.models import Integration
from engine.protection import DEFAULT_WINDOW_S
from engine.signatures import PRESETS

#: Every option of any preset; those of the same name share a field of the form.
OPTIONS = {option.name: option for preset in PRESETS.values() for option in preset.options}
#: Each with the presets that have it.
OPTION_USERS = [
    (
        option,
        [
            preset.name
            for preset in PRESETS.values()
            if name in {own.name for own in preset.options}
        ],
    )
    for name, option in OPTIONS.items()
]
#: Name that the engine gives a member -> field of the form.
FORM_NAMES = {
    "verification.preset": "preset",
    "verification.secret": "secret",
    **{f"verification.{name}": f"option_{name}" for name in OPTIONS},
    "deduplication.windowS": "window_s",
    "deduplication.header": "id_header",
}
_WINDOWS = {
    600: "10 minutes",
    3600: "an hour",
    DEFAULT_WINDOW_S: "a day",
    3 * 86_400: "3 days",
    7 * 86_400: "a week",
    30 * 86_400: "30 days",
}


@dataclass(frozen=True, slots=True)
class SecurityForm:
    """The values of its fields; the secret goes in and never comes out again."""

    preset: str = ""
    options: Mapping[str, str] = field(
        default_factory=lambda: {name: option.default for name, option in OPTIONS.items()}
    )
    once: bool = False
    window_s: int = DEFAULT_WINDOW_S
    id_header: str = ""
    #: What was typed; the template does not know it.
    secret: str = field(default="", repr=False)
    #: Whether the fields were there at all; where they were not, nothing changes.
    present: bool = True

    @classmethod
    def of(cls, integration: Integration) -> SecurityForm:
        """Return the form that shows an integration as it is."""
        verification, wanted = integration.verification or {}, integration.deduplication
        return cls(
            preset=verification.get("preset", ""),
            options={
                name: verification.get(name, option.default) for name, option in OPTIONS.items()
            },
            once=wanted is not None,
            window_s=(wanted or {}).get("windowS", DEFAULT_WINDOW_S),
            id_header=(wanted or {}).get("header", ""),
        )

    @classmethod
    def typed(cls, form: MultiDict[str, str]) -> SecurityForm:
        """Return what somebody submitted."""
        window_s = form.get("window_s", "")
        return cls(
            preset=form.get("preset", ""),
            options={
                name: form.get(f"option_{name}", option.default) for name, option in OPTIONS.items()
            },
            once="once" in form,
            window_s=int(window_s) if window_s.isdecimal() and len(window_s) < 10 else 0,
            id_header=form.get("id_header", ""),
            secret=form.get("secret", ""),
            present="preset" in form,
        )

    def given(self) -> dict[str, Any]:
        """Return the values as the engine takes them; options of other senders are left out."""
        if not self.present:
            return {}
        verification: dict[str, Any] | None = None
        if self.preset:
            known = PRESETS[self.preset].options if self.preset in PRESETS else ()
            own = {option.name: self.options[option.name] for option in known}
            verification = {"preset": self.preset, "secret": self.secret, **own}
        deduplication = {"windowS": self.window_s, "header": self.id_header} if self.once else None
        return {"verification": verification, "deduplication": deduplication}

    def windows(self) -> dict[int, str]:
        """Return seconds -> words, the present value among them."""
        return dict(sorted({self.window_s: f"{self.window_s:,} seconds", **_WINDOWS}.items()))


def said(message: str) -> str:
    """Return what the engine says of a member as it is said beside its field."""
    return message.removeprefix("verification: ").removeprefix("deduplication: ")
