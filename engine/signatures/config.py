"""What may be configured: each member checked, and refused by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import BadSignature, Invalid
from engine.signatures.presets import PRESETS, Option, Preset

#: More than one only while a secret is being replaced by another.
MAX_SECRETS = 4
_MAX_CHARS = 500
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)


def validate_config(given: Mapping[str, Any], secrets: Sequence[str]) -> dict[str, str]:
    """
    Return a configuration with every option of its preset, and without secrets.

    :raise Invalid: `field` names the member that is wrong, "secret" among them.
    """
    name = given.get("preset")
    preset = PRESETS.get(name) if isinstance(name, str) else None
    if preset is None:
        raise Invalid(f"preset is one of {', '.join(PRESETS)}", field="preset")
    known = {option.name for option in preset.options}
    for member in given:
        if member not in known | {"preset"}:
            raise Invalid(f"the preset {preset.name} has no {member}", field=member)
    config = {option.name: _option(option, given.get(option.name)) for option in preset.options}
    _check_template(config)
    _check_secrets(preset, config, secrets)
    return {"preset": preset.name, **config}


def is_header_name(text: str) -> bool:
    """Tell whether a header may be called like this (RFC 9110, 5.1)."""
    return _HEADER.fullmatch(text) is not None


def _option(option: Option, value: Any) -> str:
    if value is None or value == "":
        if option.required:
            raise Invalid(f"{option.name} is missing", field=option.name)
        return option.default
    if not isinstance(value, str):
        raise Invalid(f"{option.name} is a text", field=option.name)
    if len(value) > _MAX_CHARS or not value.isprintable():
        raise Invalid(
            f"{option.name} is at most {_MAX_CHARS} printable characters", field=option.name
        )
    if option.kind == "choice" and value not in option.choices:
        raise Invalid(f"{option.name} is one of {', '.join(option.choices)}", field=option.name)
    text = value.strip() if option.kind == "header" else value
    if option.kind == "header" and not is_header_name(text):
        raise Invalid(f"{option.name} is the name of a header", field=option.name)
    if option.name == "user" and ":" in value:
        raise Invalid("user holds no colon: it ends there", field="user")
    return text


def _check_template(config: Mapping[str, str]) -> None:
    template = config.get("template")
    if template is None:
        return
    if template.count("{body}") != 1:
        raise Invalid("template holds {body} once", field="template")
    if config["timestampHeader"] and "{timestamp}" not in template:
        # Unsigned, it could be set to now by whoever repeats an old request.
        raise Invalid(
            "template holds {timestamp} too: a timestamp that is not signed proves nothing, "
            "such as {timestamp}.{body}",
            field="template",
        )
    if not config["timestampHeader"] and template != "{body}":
        raise Invalid(
            "timestampHeader is missing: without it the body alone is signed",
            field="timestampHeader",
        )


def _check_secrets(preset: Preset, config: Mapping[str, str], secrets: Sequence[str]) -> None:
    if not 0 < len(secrets) <= MAX_SECRETS:
        raise Invalid(
            f"secret is missing; {preset.label} needs one, and takes at most {MAX_SECRETS}",
            field="secret",
        )
    for secret in secrets:
        if not secret or len(secret) > _MAX_CHARS or not secret.isprintable():
            raise Invalid(f"secret is 1 to {_MAX_CHARS} printable characters", field="secret")
        try:
            preset.check_secret(secret, config)
        except BadSignature as exc:
            form = config.get("secretEncoding", "whsec_ and base64, as the sender shows it")
            raise Invalid(f"secret is not {form}", field="secret") from exc
