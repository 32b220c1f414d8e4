"""Where an integration's messages come from and go to, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from admin.views import destinations_part
from engine.models import Integration, IntegrationType
from engine.outgoing import settings

_NAMED = 3
_WHAT = {
    "sendMessage": "messages",
    "fileUploaded": "files",
    "roomCreated": "new rooms",
    "roomArchived": "archived rooms",
    "roomJoined": "who joins",
    "roomLeft": "who leaves",
    "userCreated": "new users",
}
_SCOPES = {
    settings.ALL_PUBLIC: "all public rooms",
    settings.ALL_PRIVATE: "all private rooms",
    settings.ALL_DIRECT: "all direct messages",
}


def is_outgoing(integration: Integration) -> bool:
    """Tell whether it calls others, rather than being called."""
    return integration.type == IntegrationType.OUTGOING


def line(integration: Integration, names: Mapping[str, str]) -> str:
    """Return where it listens and whom it calls, or where it posts; `names` are those of destinations."""
    if not is_outgoing(integration):
        return destinations_part.goes_to(integration, names)
    own = settings.of(integration)
    return f"{_heard(integration, own)} → {_called(own['urls'])}"


def _heard(integration: Integration, own: Mapping[str, object]) -> str:
    uses = settings.EVENTS[str(own["event"])]
    said = _WHAT[str(own["event"])]
    if uses.channel:
        channels = integration.channels or [settings.ALL_PUBLIC]
        said += f" in {_listed([_SCOPES.get(one, one) for one in channels])}"
    words = own["triggerWords"]
    if uses.words and isinstance(words, list) and words:
        said += f" with {_listed(words)}"
    return said


def _called(urls: object) -> str:
    hosts = [urlsplit(str(url)).hostname or "" for url in urls] if isinstance(urls, list) else []
    return _listed(list(dict.fromkeys(hosts)))


def _listed(several: list[str]) -> str:
    more = len(several) - _NAMED
    return ", ".join(several[:_NAMED]) + (f" and {more} more" if more > 0 else "")
