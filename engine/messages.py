"""What a script or a caller gave -> a message of Rocket.Chat's form, validated (wire.md 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.addresses import DataBudget, is_acceptable_url
from engine.errors import ChatError
from engine.uikit.blocks import MAX_BLOCKS, within_budget

INVALID_CHANNEL = "invalid-channel"
#: What Rocket.Chat says of a thread whose first message it does not know.
NO_SUCH_THREAD = "error-invalid-message"
READ_ONLY = "You can't send messages because the room is readonly."
#: PostgreSQL's text holds every character but this one.
_NUL = "\x00"
#: More than a room shows; each costs the server work that no script limit counts.
MAX_TARGETS = 100
MAX_ATTACHMENTS = 200
_MAX_FIELDS = 200
#: Ids here have 20 characters; those of other systems are not much longer.
_MAX_TMID_CHARS = 64
_STRING, _BOOLEAN, _NUMBER, _OBJECT, _ARRAY = "string", "boolean", "number", "object", "array"

_ATTACHMENT_FIELDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        [
            "color",
            "text",
            "button_alignment",
            "author_name",
            "title",
            "image_preview",
            "image_type",
            "audio_type",
            "video_type",
            "thumb_url",
            "message_link",
            "author_link",
            "author_icon",
            "title_link",
            "image_url",
            "audio_url",
            "video_url",
        ],
        (_STRING,),
    ),
    **dict.fromkeys(("collapsed", "title_link_download"), (_BOOLEAN,)),
    **dict.fromkeys(("image_size", "video_size", "audio_size"), (_NUMBER,)),
    "ts": (_STRING, _NUMBER),
    "image_dimensions": (_OBJECT,),
    "fields": (_ARRAY,),
    "actions": (_ARRAY,),
}
_ATTACHMENT_URLS = [
    "thumb_url",
    "message_link",
    "author_link",
    "author_icon",
    "title_link",
    "image_url",
    "audio_url",
    "video_url",
]
_FIELD_FIELDS: dict[str, tuple[str, ...]] = {
    "short": (_BOOLEAN,),
    "title": (_STRING,),
    "value": (_STRING, _NUMBER, _BOOLEAN),
}
_ACTION_FIELDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ["type", "text", "url", "image_url", "webview_height_ratio", "msg"], (_STRING,)
    ),
    **dict.fromkeys(("is_webview", "msg_in_chat_window"), (_BOOLEAN,)),
}


class ThreadKey(str):
    """
    A `tmid` that is no message's id: the messages that have it are a thread, the first one too.

    Dialects make them of what their callers call a thread; out of JSON comes none.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an integration puts where a message is silent."""

    alias: str = ""
    avatar: str = ""
    emoji: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A validated message that has no room, sender or time yet."""

    msg: str
    alias: str | None = None
    avatar: str | None = None
    emoji: str | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    tmid: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    #: What it does not hold of what was given, and why.
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it with Rocket.Chat's names, absent members left out."""
        named = {"msg": self.msg, "alias": self.alias, "avatar": self.avatar, "emoji": self.emoji}
        members = {name: value for name, value in named.items() if value is not None}
        if self.tmid:
            members["tmid"] = self.tmid
        return {**members, **self.extra, "attachments": self.attachments}


def build(content: Mapping[str, Any], defaults: Defaults, *, max_chars: int) -> Draft:
    """
    Make a message of what was posted (wire.md 1.1, "Message construction").

    :raise ChatError: when a member has the wrong type, a URL is unsafe, or the text too long.
    """
    budget = DataBudget()
    content = budget.kept(content, ("icon_url", "avatar"), "")
    if defaults.avatar and not is_acceptable_url(defaults.avatar, relative=True):
        # It may be older than the check at save, and is no reason to lose a message.
        budget.left_out.append("the integration's avatar, which is no address of a picture")
        defaults = replace(defaults, avatar="")
    avatar, emoji = _icon(content, defaults)
    given = content.get("attachments")
    attachments = given if isinstance(given, list) else []
    if len(attachments) > MAX_ATTACHMENTS:
        raise ChatError(
            "error-message-size-exceeded", f"there are more than {MAX_ATTACHMENTS} attachments"
        )
    draft = Draft(
        msg=_text(content.get("text") or content.get("msg")).strip(),
        alias=_none_if_empty(content.get("username") or content.get("alias") or defaults.alias),
        avatar=_storable(avatar),
        emoji=_storable(emoji),
        attachments=[_attachment(item, index, budget) for index, item in enumerate(attachments)],
        tmid=_none_if_empty(content.get("tmid")),
        extra=_extra(content, budget),
        left_out=tuple(budget.left_out),
    )
    _validate(draft)
    # JavaScript counts UTF-16 units.
    if len(draft.msg.encode("utf-16-le")) // 2 > max_chars:
        raise ChatError(
            "error-message-size-exceeded", f"the text is longer than {max_chars} characters"
        )
    return draft


def targets(content: Mapping[str, Any], own: list[str]) -> list[str]:
    """Return where a message goes: `channel`, else `roomId`, else the integration's own channels."""
    wanted = content.get("channel") or content.get("roomId") or own
    listed = wanted if isinstance(wanted, list) else [wanted]
    unique: dict[str, None] = {}
    for target in listed:
        if not isinstance(target, str):
            raise ChatError(
                "invalid-channel", f"a channel must be a string, not {_type_of(target)}"
            )
        unique[target.replace(_NUL, "").strip()] = None
        if len(unique) > MAX_TARGETS:
            raise ChatError("invalid-channel", f"there are more than {MAX_TARGETS} channels")
    return list(unique)


def _extra(content: Mapping[str, Any], budget: DataBudget) -> dict[str, Any]:
    # Any list of attachments is one in JavaScript, an empty one too.
    parse_urls = not isinstance(content.get("attachments"), list)
    if content.get("parseUrls") is not None:
        parse_urls = bool(content["parseUrls"])
    extra = {"parseUrls": parse_urls, "groupable": bool(content.get("groupable", False))}
    named = ("tshow", "blocks", "customFields")
    extra |= {name: content[name] for name in named if content.get(name) is not None}
    if isinstance(extra.get("blocks"), list):
        extra["blocks"] = within_budget(extra["blocks"], budget)
    return extra


def _icon(content: Mapping[str, Any], defaults: Defaults) -> tuple[str | None, str | None]:
    avatar = content.get("icon_url") or content.get("avatar")
    emoji = content.get("icon_emoji") or content.get("emoji")
    if avatar:
        return avatar, None
    if emoji:
        return None, emoji
    if defaults.avatar:
        return defaults.avatar, None
    return None, defaults.emoji or None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise _mismatch(_STRING, value, "text")
    return value.replace(_NUL, "\N{REPLACEMENT CHARACTER}")


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else _storable(value)


def _storable(value: Any) -> Any:
    if isinstance(value, ThreadKey):
        return value
    return value.replace(_NUL, "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


def _attachment(item: Any, index: int, budget: DataBudget) -> dict[str, Any]:
    place = f"attachments[{index}]"
    if not isinstance(item, dict):
        raise _mismatch(_OBJECT, item, place)
    attachment = {name: value for name, value in item.items() if value is not None}
    attachment = budget.kept(attachment, (*_ATTACHMENT_URLS, "footer_icon"), f"{place}.")
    if isinstance(actions := attachment.get("actions"), list):
        attachment["actions"] = [
            budget.kept(action, ("url", "image_url"), f"{place}.actions[{number}].")
            if isinstance(action, dict)
            else action
            for number, action in enumerate(actions)
        ]
    alternative = attachment.pop("msg", None)
    if not attachment.get("text") and isinstance(alternative, str):
        attachment["text"] = alternative.strip()
    return attachment


def _validate(draft: Draft) -> None:
    for name in ("alias", "avatar", "emoji", "tmid"):
        _check(getattr(draft, name), (_STRING,), name)
    if draft.avatar is not None and not is_acceptable_url(draft.avatar, relative=True):
        raise ChatError("Invalid href value provided", f"avatar is {draft.avatar[:200]!r}")
    if draft.tmid is not None and len(draft.tmid) > _MAX_TMID_CHARS:
        raise ChatError("invalid-params", f"tmid is longer than {_MAX_TMID_CHARS} characters")
    _check(draft.extra.get("tshow"), (_BOOLEAN,), "tshow")
    _check(draft.extra.get("blocks"), (_ARRAY,), "blocks")
    if len(draft.extra.get("blocks", ())) > MAX_BLOCKS:
        reason = f"there are more than {MAX_BLOCKS} blocks"
        raise ChatError("error-message-size-exceeded", reason)
    _check(draft.extra.get("customFields"), (_OBJECT,), "customFields")
    for index, attachment in enumerate(draft.attachments):
        _validate_attachment(attachment, f"attachments[{index}]")


def _validate_attachment(attachment: dict[str, Any], path: str) -> None:
    _check_members(attachment, _ATTACHMENT_FIELDS, path)
    for name in _ATTACHMENT_URLS:
        url = attachment.get(name)
        if url and not is_acceptable_url(url):
            raise ChatError("Invalid href value provided", f"{path}.{name} is {url[:200]!r}")
    for name in ("fields", "actions"):
        if len(attachment.get(name, ())) > _MAX_FIELDS:
            reason = f"{path}.{name} has more than {_MAX_FIELDS} members"
            raise ChatError("error-message-size-exceeded", reason)
    for index, item in enumerate(attachment.get("fields", ())):
        place = f"{path}.fields[{index}]"
        _require_object(item, place)
        _check_members(item, _FIELD_FIELDS, place)
        for name in ("title", "value"):
            if item.get(name) is None:
                raise ChatError(f"Match error: Missing key '{name}' in field {place}")
    for index, item in enumerate(attachment.get("actions", ())):
        place = f"{path}.actions[{index}]"
        _require_object(item, place)
        _check_members(item, _ACTION_FIELDS, place)
        for name in ("url", "image_url"):
            if item.get(name) and not is_acceptable_url(item[name]):
                raise ChatError(
                    "Invalid href value provided", f"{place}.{name} is {item[name][:200]!r}"
                )


def _check_members(item: dict[str, Any], kinds: Mapping[str, tuple[str, ...]], path: str) -> None:
    for name, allowed in kinds.items():
        if item.get(name) is not None:
            _check(item[name], allowed, f"{path}.{name}")


def _check(value: Any, allowed: tuple[str, ...], path: str) -> None:
    if value is not None and _type_of(value) not in allowed:
        raise _mismatch(" or ".join(allowed), value, path)


def _require_object(value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise _mismatch(_OBJECT, value, path)


def _mismatch(expected: str, value: Any, path: str) -> ChatError:
    return ChatError(f"Match error: Expected {expected}, got {_type_of(value)} in field {path}")


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return _BOOLEAN
    if isinstance(value, int | float):
        return _NUMBER
    if isinstance(value, str):
        return _STRING
    return _ARRAY if isinstance(value, list) else _OBJECT
