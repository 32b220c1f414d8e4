"""Signed webhooks: what each sender's own example proves, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace

import pytest

from engine import signatures
from engine.errors import BadSignature, Invalid
from engine.signatures import PRESETS, validate_config

SLACK_BODY = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
GITLAB_TOKEN = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="


@dataclass(frozen=True)
class Example:
    """A request that is signed well: `proof` is the header that proves it."""

    config: dict[str, str]
    secret: str
    proof: str
    headers: dict[str, str]
    body: str
    now_s: float = 1_700_000_000.0
    timestamp: str = ""
    #: Whether the body is signed at all; passwords are only sent along.
    signs: bool = True

    def verify(self, **changed: object) -> None:
        one = replace(self, **changed) if changed else self  # type: ignore[arg-type]
        headers = list(one.headers.items())
        signatures.verify(
            validate_config(one.config, [self.secret]),
            [one.secret],
            headers,
            one.body.encode(),
            one.now_s,
        )

    def code(self, **changed: object) -> str:
        """Return why it is refused."""
        with pytest.raises(BadSignature) as refused:
            self.verify(**changed)
        assert self.secret not in str(refused.value)
        return refused.value.code

    def with_header(self, name: str, value: str) -> dict[str, str]:
        return {**self.headers, name: value}


EXAMPLES = {
    "github": Example(
        {"preset": "github"},
        "It's a Secret to Everybody",
        "X-Hub-Signature-256",
        {
            "X-Hub-Signature-256": "sha256="
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        },
        "Hello, World!",
    ),
    "gitlab": Example(
        {"preset": "gitlab"},
        GITLAB_TOKEN,
        "webhook-signature",
        {
            "X-Gitlab-Event": "Push Hook",
            "webhook-id": "f5e5f430-f57b-4e6e-9fac-d9128cd7232f",
            "webhook-timestamp": "1750000000",
            "webhook-signature": "v1,bmLFn2420WvFbk3AJH2wx0mzEmBJMbQ2A2VMD/Y4svA=",
        },
        '{"object_kind":"push"}',
        1_750_000_000.0,
        timestamp="webhook-timestamp",
    ),
    "gitlab-token": Example(
        {"preset": "gitlab"},
        "a chosen token",
        "X-Gitlab-Token",
        {"X-Gitlab-Token": "a chosen token"},
        '{"object_kind":"push"}',
        signs=False,
    ),
    "slack": Example(
        {"preset": "slack"},
        "8f742231b10e8888abcd99yyyzzz85a5",
        "X-Slack-Signature",
        {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature": "v0="
            "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK_BODY,
        1_531_420_618.0,
        timestamp="X-Slack-Request-Timestamp",
    ),
    "stripe": Example(
        {"preset": "stripe"},
        "whsec_test_secret",
        "Stripe-Signature",
        {
            "Stripe-Signature": "t=1492774577,"
            "v1=6ff3bb574686a5e06ed372dd22beab15e045c7d15c6c1b70f8ccbf8d3f230fe8,"
            "v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543,"
            "v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
        },
        '{"id":"evt_1","object":"event"}',
        1_492_774_577.0,
        timestamp="Stripe-Signature",
    ),
    "shopify": Example(
        {"preset": "shopify"},
        "hush",
        "X-Shopify-Hmac-SHA256",
        {"X-Shopify-Hmac-SHA256": "qBvrsZF7RfB1iS6BX6IHqJTp5L911P7intnPeTPsH0I="},
        '{"id":820982911946154508}',
    ),
    "standard-webhooks": Example(
        {"preset": "standard-webhooks"},
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "webhook-signature",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        '{"test": 2432232314}',
        1_614_265_330.0,
        timestamp="webhook-timestamp",
    ),
    "meta": Example(
        {"preset": "meta"},
        "app secret",
        "X-Hub-Signature-256",
        {
            "X-Hub-Signature-256": "sha256="
            "54630ef59f9a3a64c6a098206bd06badfde4ca9434ea68ad216b66b5d4ad19cc"
        },
        '{"object":"page","entry":[{"text":"caf\\u00e9"}]}',
    ),
    "chatwoot": Example(
        {"preset": "chatwoot"},
        "chatwoot secret",
        "X-Chatwoot-Signature",
        {
            "X-Chatwoot-Timestamp": "1700000000",
            "X-Chatwoot-Signature": "sha256="
            "5c08a6ae2c3aa613c11906a2b1bb3d5089322d4a0c6f94625adba12d3116693c",
        },
        '{"event":"message_created"}',
        timestamp="X-Chatwoot-Timestamp",
    ),
    "hmac": Example(
        {
            "preset": "hmac",
            "header": "X-Signature",
            "prefix": "mac:",
            "timestampHeader": "X-Sent-At",
            "template": "v1:{timestamp}:{body}",
        },
        "topsecret",
        "X-Signature",
        {
            "X-Sent-At": "1700000000123",
            "X-Signature": "mac:46758b3c6072e498a0fc64501557a1f535f9df9815f0aff5976901de801848f3",
        },
        '{"a":1}',
        1_700_000_000.123,
        timestamp="X-Sent-At",
    ),
    "basic": Example(
        {"preset": "basic", "user": "Aladdin"},
        "open sesame",
        "Authorization",
        {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        "anything",
        signs=False,
    ),
    "bearer": Example(
        {"preset": "bearer"},
        "mF_9.B5f-4.1JqM",
        "Authorization",
        {"Authorization": "Bearer mF_9.B5f-4.1JqM"},
        "anything",
        signs=False,
    ),
}

examples = pytest.mark.parametrize("example", EXAMPLES.values(), ids=list(EXAMPLES))
#: Those whose prefix can be wrong, and how it is right.
PREFIXES = {
    "github": "sha256=",
    "slack": "v0=",
    "meta": "sha256=",
    "chatwoot": "sha256=",
    "hmac": "mac:",
    "standard-webhooks": "v1,",
    "gitlab": "v1,",
    "basic": "Basic ",
    "bearer": "Bearer ",
}


@examples
def test_what_the_vendor_shows_is_accepted(example: Example) -> None:
    """
    The examples that vendors publish pass.

    GitHub: docs.github.com, "Validating webhook deliveries", testing values. Slack: docs.slack.dev,
    "Verifying requests from Slack". Standard Webhooks: the vector of its reference libraries. Basic:
    RFC 7617, section 2. Bearer: RFC 6750, section 2.1. GitLab's signing token is that of gitlab-org/gitlab!231325, Stripe's header has the form
    of its manual ("Verify the signature manually") with both secrets of a rotation; they, Shopify,
    Meta and Chatwoot publish no secret with a signature, so those were computed with `openssl dgst`.
    """
    example.verify()


def test_every_preset_has_an_example() -> None:
    """A preset that is added without one would be tested by nothing here."""
    assert {example.config["preset"] for example in EXAMPLES.values()} == set(PRESETS)


@examples
def test_one_other_byte_of_body_is_refused(example: Example) -> None:
    """A signature is of one body; a password says nothing about it."""
    changed = example.body[:-1] + chr(ord(example.body[-1]) ^ 1)
    if example.signs:
        assert example.code(body=changed) == "wrong-signature"
        assert example.code(body=example.body + "\n") == "wrong-signature"
    else:
        example.verify(body=changed)


@examples
def test_another_secret_is_refused(example: Example) -> None:
    """What is signed with anything else does not pass, nor does an empty secret, whoever signs with it."""
    other = "whsec_" + base64.b64encode(b"another secret of some length").decode()
    if example.config["preset"] == "gitlab" and not example.signs:
        other = "another token"
    assert example.code(secret=other) in ("wrong-signature", "wrong-secret")
    assert example.code(secret="") == "no-secret"


@examples
def test_old_and_future_timestamps_are_refused(example: Example) -> None:
    """Five minutes are allowed both ways, the fifth included; a request cannot be kept for later."""
    if not example.timestamp:
        example.verify(now_s=example.now_s + 10**9)
        return
    for allowed_s in (-300, -1, 1, 300):
        example.verify(now_s=example.now_s + allowed_s)
    assert example.code(now_s=example.now_s + 301) == "timestamp-too-old"
    assert example.code(now_s=example.now_s + 10**9) == "timestamp-too-old"
    assert example.code(now_s=example.now_s - 301) == "timestamp-too-new"


@examples
def test_a_missing_header_is_refused(example: Example) -> None:
    """Each header that takes part is needed, and empty is as good as missing."""
    for name in example.headers:
        if name == "X-Gitlab-Event":
            continue
        without = {key: value for key, value in example.headers.items() if key != name}
        assert example.code(headers=without) == "missing-header"
        assert example.code(headers=example.with_header(name, " ")) == "missing-header"


@examples
def test_a_header_that_came_twice_is_refused(example: Example) -> None:
    """Of two headers one proxy reads the first and another the last; so neither counts."""
    for name in (example.proof, example.timestamp or example.proof):
        # Names are compared without case, so this is the same header once more.
        twice = {**example.headers, name.upper() + ("" if name != name.upper() else "x"): "other"}
        assert len(twice) == len(example.headers) + 1
        assert example.code(headers=twice) == "duplicate-header"


@examples
def test_headers_joined_by_a_comma_are_refused(example: Example) -> None:
    """Servers join what came twice; the result is never taken for one of the parts."""
    value = example.headers[example.proof]
    for joined in (f"{value},{value}", f"{value}, x", f"x, {value}"):
        assert example.code(headers=example.with_header(example.proof, joined)) in (
            "malformed-header",
            "wrong-secret",
            "wrong-signature",
        )


@examples
def test_header_names_have_no_case(example: Example) -> None:
    """Proxies and HTTP/2 write them in small letters."""
    example.verify(headers={key.lower(): value for key, value in example.headers.items()})


@pytest.mark.parametrize("name", PREFIXES)
def test_another_prefix_is_refused(name: str) -> None:
    """A signature that does not say what it is, or says something else, is none."""
    example, prefix = EXAMPLES[name], PREFIXES[name]
    value = example.headers[example.proof].removeprefix(prefix)
    for other in ("", "sha1=", "v2,", prefix.swapcase() + prefix):
        refused = example.code(headers=example.with_header(example.proof, other + value))
        assert refused == "malformed-header"


@pytest.mark.parametrize("name", ["github", "slack", "stripe", "meta", "chatwoot"])
def test_hex_is_in_small_letters_as_vendors_write_it(name: str) -> None:
    """The vendors' own libraries compare texts, so capitals are refused there."""
    example = EXAMPLES[name]
    capitals = example.headers[example.proof].upper()
    for prefix in ("sha256=", "v0=", "t=", "v1="):
        capitals = capitals.replace(prefix.upper(), prefix)
    refused = example.code(headers=example.with_header(example.proof, capitals))
    assert refused == "malformed-header"


@pytest.mark.parametrize("name", ["github", "slack", "shopify", "standard-webhooks", "hmac"])
def test_signatures_of_another_length_are_refused(name: str) -> None:
    """Cut off, empty, or with something after it: nothing but the whole digest counts."""
    example = EXAMPLES[name]
    value = example.headers[example.proof]
    prefix = PREFIXES.get(name, "")
    for other in (value[:-2], value[:-4], value + "00", prefix + "AA==", prefix + "é" * 64, prefix):
        refused = example.code(headers=example.with_header(example.proof, other or "="))
        assert refused == "malformed-header"


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "1531420618.0", "٤٢", "9" * 14, "0x10"])
def test_what_is_no_timestamp_is_refused(stamp: str) -> None:
    """Only digits are a timestamp; nothing else is guessed at."""
    example = EXAMPLES["slack"]
    code = example.code(headers=example.with_header("X-Slack-Request-Timestamp", stamp))
    assert code == ("malformed-header" if stamp else "missing-header")


def test_stripe_signs_with_every_active_secret() -> None:
    """While a secret is rolled the header holds two v1, and either one's secret verifies it."""
    example = EXAMPLES["stripe"]
    example.verify(secret="whsec_old_secret")
    header = example.headers["Stripe-Signature"]
    only_test_mode = header.replace("v1=", "v0=")
    assert example.code(headers={"Stripe-Signature": only_test_mode}) == "malformed-header"
    twice = f"t=1492774577,{header}"
    assert example.code(headers={"Stripe-Signature": twice}) == "malformed-header"


def test_standard_webhooks_takes_several_signatures() -> None:
    """Any right v1 among several is enough; other versions do not count, nor a v1 that is none."""
    example = EXAMPLES["standard-webhooks"]
    right = example.headers["webhook-signature"]
    wrong = "v1," + base64.b64encode(bytes(32)).decode()
    others = (wrong, "v1a,AAAA", "v2,x", "x,y", "v1,AAAA", "v1,?")
    for several in [f"{other} {right}" for other in others] + [f"{right} {one}" for one in others]:
        example.verify(headers=example.with_header("webhook-signature", several))
    for several, code in (
        (f"{wrong} {wrong}", "wrong-signature"),
        (f"v2{right[2:]}", "malformed-header"),
        (f"{right},{wrong}", "malformed-header"),
        (f"{right} v1", "malformed-header"),
        (f"x,y,z {right}", "malformed-header"),
    ):
        assert example.code(headers=example.with_header("webhook-signature", several)) == code


def test_the_names_of_svix_are_those_of_standard_webhooks() -> None:
    """Clerk and Resend send svix-…; both families at once have to say the same."""
    example = EXAMPLES["standard-webhooks"]
    svix = {key.replace("webhook", "svix"): value for key, value in example.headers.items()}
    example.verify(headers=svix)
    example.verify(headers={**svix, **example.headers})
    for name in svix:
        other = {**svix, **example.headers, name: f"{svix[name]}0"}
        assert example.code(headers=other) == "conflicting-headers"
    # Duplicates are told by webhook-id, so that must not be an unsigned one.
    assert example.code(headers={**svix, "webhook-id": "another"}) == "conflicting-headers"
    mixed = {**example.headers, "svix-signature": svix["svix-signature"]}
    del mixed["webhook-signature"]
    assert example.code(headers=mixed) == "missing-header"


@pytest.mark.parametrize("form", ["{}", "whsec_{}", "v1,whsec_{}"])
def test_the_secret_of_standard_webhooks_is_written_in_several_ways(form: str) -> None:
    """With and without the prefix, and as Supabase shows it."""
    example = EXAMPLES["standard-webhooks"]
    secret = form.format("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    replace(example, secret=secret).verify()


def test_shopifys_new_header_is_accepted_alone() -> None:
    """Shopify's Events send Shopify-Hmac-Sha256; together with the old one it is a contradiction."""
    example = EXAMPLES["shopify"]
    new = {"Shopify-Hmac-Sha256": example.headers["X-Shopify-Hmac-SHA256"]}
    example.verify(headers=new)
    assert example.code(headers={**new, **example.headers}) == "conflicting-headers"


def test_a_gitlab_signing_token_needs_a_signature() -> None:
    """Where signatures are expected, knowing the token is not enough."""
    example = EXAMPLES["gitlab"]
    unsigned = {"X-Gitlab-Token": GITLAB_TOKEN, "webhook-id": "x", "webhook-timestamp": "1"}
    assert example.code(headers=unsigned) == "missing-header"


def test_a_gitlab_hook_may_have_both_tokens() -> None:
    """GitLab sends the signature beside the secret token; a hook that knows only the latter takes it."""
    example = EXAMPLES["gitlab-token"]
    example.verify(headers={**EXAMPLES["gitlab"].headers, **example.headers})


def test_every_secret_of_a_rotation_is_accepted() -> None:
    """The new and the old secret both pass; the reason of a refusal is that of the first."""
    example = EXAMPLES["github"]
    config, headers = validate_config(example.config, ["x"]), list(example.headers.items())
    for secrets in ([example.secret, "new"], ["new", example.secret]):
        signatures.verify(config, secrets, headers, example.body.encode(), 0)
    for secrets in ([], ["", example.secret], ["new", "newer"]):
        with pytest.raises(BadSignature):
            signatures.verify(config, secrets, headers, example.body.encode(), 0)


@pytest.mark.parametrize(
    ("algorithm", "hexadecimal"),
    [
        ("sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            "sha512",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("secret", ["text Jefe", "hex 4a656665", "base64 SmVmZQ=="])
def test_the_hmac_of_the_rfcs_is_accepted(
    algorithm: str, hexadecimal: str, encoding: str, secret: str
) -> None:
    """RFC 2202 and RFC 4231, test case 2, in every encoding of signature and key; hex in any case."""
    value = hexadecimal
    if encoding == "base64":
        value = base64.b64encode(bytes.fromhex(hexadecimal)).decode()
    key_encoding, _, key = secret.partition(" ")
    config = {
        "preset": "hmac",
        "header": "X-Mac",
        "algorithm": algorithm,
        "encoding": encoding,
        "secretEncoding": key_encoding,
    }
    example = Example(config, key, "X-Mac", {"X-Mac": value}, "what do ya want for nothing?")
    example.verify()
    assert example.code(body="what do ya want for nothing!") == "wrong-signature"
    if encoding == "hex":
        example.verify(headers={"X-Mac": value.upper()})


def test_a_body_that_looks_like_a_template_stays_a_body() -> None:
    """Placeholders are those of the configuration; in the body they are text."""
    example = replace(EXAMPLES["hmac"], body="{timestamp}{body}")
    right = hmac.new(b"topsecret", b"v1:1700000000123:{timestamp}{body}", hashlib.sha256)
    example.verify(headers=example.with_header("X-Signature", "mac:" + right.hexdigest()))


@pytest.mark.parametrize(
    "sent",
    ["Aladdin:", ":open sesame", "aladdin:open sesame", "Aladdin:open sesame ", "Aladdin", ":", ""],
)
def test_other_users_and_passwords_are_refused(sent: str) -> None:
    """Both have to be right, to the letter."""
    value = "Basic " + base64.b64encode(sent.encode()).decode()
    refused = EXAMPLES["basic"].code(headers={"Authorization": value})
    assert refused in ("wrong-secret", "malformed-header")


def test_passwords_may_hold_anything() -> None:
    """Colons and letters beyond ASCII are part of the password."""
    value = "basic " + base64.b64encode("Ünal:pä:ß".encode()).decode()
    config = {"preset": "basic", "user": "Ünal"}
    Example(config, "pä:ß", "Authorization", {"Authorization": value}, "").verify()


def test_what_was_never_checked_is_refused() -> None:
    """A configuration of another version, or none, lets nobody in."""
    for config in ({}, {"preset": "nobody"}, {"preset": "hmac"}, {"preset": "basic"}):
        with pytest.raises(BadSignature) as refused:
            signatures.verify(config, ["secret"], [], b"", 0)
        assert refused.value.code == "bad-configuration"


@pytest.mark.parametrize(
    ("given", "secrets", "field"),
    [
        ({}, ["x"], "preset"),
        ({"preset": None}, ["x"], "preset"),
        ({"preset": ["github"]}, ["x"], "preset"),
        ({"preset": "nobody"}, ["x"], "preset"),
        ({"preset": "github"}, [], "secret"),
        ({"preset": "github"}, [""], "secret"),
        ({"preset": "github"}, ["a\nb"], "secret"),
        ({"preset": "github"}, ["x"] * 5, "secret"),
        ({"preset": "github"}, ["x" * 501], "secret"),
        ({"preset": "github", "header": "X-Other"}, ["x"], "header"),
        ({"preset": "standard-webhooks"}, ["whsec_"], "secret"),
        ({"preset": "standard-webhooks"}, ["not base64!"], "secret"),
        ({"preset": "gitlab"}, ["whsec_not base64!"], "secret"),
        ({"preset": "hmac"}, ["x"], "header"),
        ({"preset": "hmac", "header": "X Y"}, ["x"], "header"),
        ({"preset": "hmac", "header": "X-É"}, ["x"], "header"),
        ({"preset": "hmac", "header": 1}, ["x"], "header"),
        ({"preset": "hmac", "header": "X", "algorithm": "md5"}, ["x"], "algorithm"),
        ({"preset": "hmac", "header": "X", "encoding": "base32"}, ["x"], "encoding"),
        ({"preset": "hmac", "header": "X", "secretEncoding": "hex"}, ["xyz"], "secret"),
        ({"preset": "hmac", "header": "X", "template": "{timestamp}"}, ["x"], "template"),
        ({"preset": "hmac", "header": "X", "template": "{body}{body}"}, ["x"], "template"),
        ({"preset": "hmac", "header": "X", "timestampHeader": "T"}, ["x"], "template"),
        (
            {"preset": "hmac", "header": "X", "template": "{timestamp}.{body}"},
            ["x"],
            "timestampHeader",
        ),
        ({"preset": "hmac", "header": "X", "prefix": "a\x00"}, ["x"], "prefix"),
        ({"preset": "basic"}, ["x"], "user"),
        ({"preset": "basic", "user": "a:b"}, ["x"], "user"),
    ],
)
def test_a_wrong_configuration_is_refused_by_the_name_of_its_member(
    given: dict[str, object], secrets: list[str], field: str
) -> None:
    """A form can say beside the field what is wrong with it, and never repeats the secret."""
    with pytest.raises(Invalid) as refused:
        validate_config(given, secrets)
    assert refused.value.field == field
    assert not any(len(secret) > 6 and secret in str(refused.value) for secret in secrets)


def test_a_checked_configuration_is_complete_and_without_secrets() -> None:
    """Defaults are written down, so that a later default changes no integration."""
    config = validate_config({"preset": "hmac", "header": "X-Mac"}, ["secret"])
    assert config == {
        "preset": "hmac",
        "header": "X-Mac",
        "algorithm": "sha256",
        "encoding": "hex",
        "prefix": "",
        "timestampHeader": "",
        "template": "{body}",
        "secretEncoding": "text",
    }


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_every_preset_tells_where_its_secret_is(preset: signatures.Preset) -> None:
    """The form explains each sender and each of its options."""
    assert len(preset.where) > 30
    assert all(option.label and option.help for option in preset.options)
    assert all(option.choices for option in preset.options if option.kind == "choice")
