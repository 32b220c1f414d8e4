"""The senders that are known: how each signs, what it needs to be told, where its secret is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.signatures import schemes
from engine.signatures.codes import ALGORITHMS, ENCODINGS
from engine.signatures.schemes import Options, Scheme

KEY_ENCODINGS = ("text", "base64", "hex")


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of a preset beside its secret, as a form shows it."""

    name: str
    label: str
    help: str
    #: "header" (a header's name), "text", or "choice".
    kind: str = "text"
    choices: Sequence[str] = ()
    default: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A sender: `where` says in its own words where the secret is found there."""

    name: str
    label: str
    where: str
    scheme: Scheme
    options: Sequence[Option] = ()
    #: The word for its secret.
    asks_for: str = "Secret"
    #: Raises `BadSignature` when a secret cannot be one of this sender's.
    check_secret: Callable[[str, Options], object] = schemes.any_key
    #: Whether the secret itself is in the request, from where it must not get into the log.
    travels: bool = False
    #: What a refused caller is asked for (WWW-Authenticate).
    challenge: str = ""


_HMAC = (
    Option("header", "Header", "the one that holds the signature", "header", required=True),
    Option("algorithm", "Algorithm", "of the HMAC", "choice", tuple(ALGORITHMS), "sha256"),
    Option("encoding", "Encoding", "of the signature", "choice", ENCODINGS, "hex"),
    Option("prefix", "Prefix", "what stands before the signature, such as sha256="),
    Option(
        "timestampHeader",
        "Timestamp header",
        "one that holds a Unix time and is signed too; then five minutes are allowed",
        "header",
    ),
    Option(
        "template",
        "What is signed",
        "with {body} and, if there is a timestamp header, {timestamp}",
        default="{body}",
    ),
    Option(
        "secretEncoding",
        "Secret is",
        "plain text, or an encoded key",
        "choice",
        KEY_ENCODINGS,
        "text",
    ),
)

_ALL = (
    Preset(
        "github",
        "GitHub",
        "What you type as Secret at the repository's or organisation's Settings → Webhooks → Add webhook "
        "(GitHub shows it never again). Gitea and Forgejo send the same header.",
        schemes.hub_signature,
    ),
    Preset(
        "gitlab",
        "GitLab",
        "Settings → Webhooks: the Signing token (whsec_…, GitLab 19 and later), which signs the body, or "
        "else the Secret token, which is only sent along.",
        schemes.gitlab,
        check_secret=schemes.gitlab_key,
        travels=True,
    ),
    Preset(
        "slack",
        "Slack",
        "Signing Secret, at api.slack.com/apps → your app → Basic Information → App Credentials.",
        schemes.slack,
    ),
    Preset(
        "stripe",
        "Stripe",
        "Signing secret (whsec_…) of the endpoint, in the Dashboard at Developers → Webhooks. "
        "Paste it whole, whsec_ included.",
        schemes.stripe,
    ),
    Preset(
        "shopify",
        "Shopify",
        "The app's Client secret, in the Dev Dashboard at Settings; for webhooks made in the admin, the "
        "line below the list at Settings → Notifications → Webhooks.",
        schemes.shopify,
    ),
    Preset(
        "standard-webhooks",
        "Standard Webhooks",
        "The endpoint's signing secret (whsec_… and base64). OpenAI, Clerk, Resend, Supabase, Svix and "
        "others sign like this.",
        schemes.standard,
        check_secret=schemes.standard_key,
    ),
    Preset(
        "meta",
        "Meta, UChat",
        "Meta: the App secret, in the App Dashboard at Settings → Basic. UChat: webhook_verification_key, "
        "in the answer with which the webhook was registered.",
        schemes.hub_signature,
    ),
    Preset(
        "chatwoot",
        "Chatwoot",
        "The webhook's Secret at Settings → Integrations → Webhooks (4.11.2 and later), of an API inbox or "
        "agent bot at its settings (4.13 and later).",
        schemes.chatwoot,
    ),
    Preset(
        "hmac",
        "Another sender (HMAC)",
        "Whatever the sender calls the key, and what its manual says about the header.",
        schemes.hmac_header,
        _HMAC,
    ),
    Preset(
        "basic",
        "User and password (HTTP Basic)",
        "For senders that sign nothing but can log in; often both are part of the address: "
        "https://user:password@….",
        schemes.basic,
        (Option("user", "User", "the name before the colon", required=True),),
        asks_for="Password",
        travels=True,
        challenge='Basic realm="Hooksmith", charset="UTF-8"',
    ),
    Preset(
        "bearer",
        "API key (Bearer)",
        "For senders that sign nothing but send a key, such as UChat's flow API key: "
        "Authorization: Bearer and the key.",
        schemes.bearer,
        asks_for="Key",
        travels=True,
        challenge='Bearer realm="Hooksmith"',
    ),
)

#: By name, in the order in which a form offers them.
PRESETS = {preset.name: preset for preset in _ALL}
