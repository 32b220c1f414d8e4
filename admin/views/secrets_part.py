"""The Secrets part of an integration's form: what its script knows and nobody is shown again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

_EMPTY_ROWS = 2
#: Of a form; the engine allows fewer.
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Secret:
    """A row: the value goes in and never comes out again."""

    name: str = ""
    value: str = field(default="", repr=False)
    #: It is stored, and stays while nothing is typed.
    kept: bool = False
    remove: bool = False

    @property
    def retype(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True, slots=True)
class SecretsPart:
    """The rows of secrets."""

    rows: Sequence[Secret] = ()
    #: Whether the rows were there at all; where they were not, nothing changes.
    present: bool = True

    @classmethod
    def of(cls, names: Iterable[str]) -> SecretsPart:
        """Return the rows of the secrets that are stored."""
        return cls([Secret(name, kept=True) for name in sorted(names)])

    @classmethod
    def typed(cls, form: MultiDict[str, str]) -> SecretsPart:
        """Return what somebody submitted."""
        names = form.getlist("script_secret_name")[:_MOST_ROWS]
        values = form.getlist("script_secret_value")[:_MOST_ROWS]
        kept = set(form.getlist("script_secret_kept"))
        removed = set(form.getlist("script_secret_remove"))
        rows = [
            Secret(name.strip(), value, name in kept, name in kept and name in removed)
            for name, value in zip(names, values, strict=False)
        ]
        return cls([one for one in rows if one.name or one.value], "script_secrets" in form)

    def given(self) -> dict[str, dict[str, str | None]]:
        """Return what is to change, as the engine takes it."""
        if not self.present:
            return {}
        changes: dict[str, str | None] = {
            one.name: None if one.remove else one.value
            for one in self.rows
            if one.remove or one.value
        }
        return {"secrets": changes} if changes else {}

    def problem(self) -> str | None:
        """Return what is wrong with it that the engine would not refuse."""
        names = [one.name for one in self.rows]
        if twice := next((name for name in names if name and names.count(name) > 1), None):
            return f"secrets.{twice} is there twice"
        if any(one.value and not one.name for one in self.rows):
            return "A secret needs a name: secrets.NAME"
        if bare := next((one.name for one in self.rows if not one.kept and not one.value), None):
            return f"secrets.{bare} has no value"
        return None

    def shown(self) -> list[Secret]:
        """Return the rows of the page, with some to add."""
        return [*self.rows, *[Secret()] * _EMPTY_ROWS]
