"""What wakes whoever delivers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Bell(Protocol):
    """Wakes whoever delivers."""

    def ring(self, destination_ids: Iterable[str]) -> None:
        """Say that there is something to deliver."""

    def close(self) -> None:
        """Finish what is under way."""
