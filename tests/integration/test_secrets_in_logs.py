"""Nothing that is stored or shown of a run, a call or a delivery tells a secret, however a script spells it."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from admin import create_app
from engine.redaction import HIDDEN
from engine.runtime import Engine
from tests.internet import Internet
from tests.outgoing import Outgoing, payload, reply
from tests.sinks import Got, Reply, Sink
from tests.support import Api, script

PEM = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
SECRETS = {
    "PASSWORD": 'pa"ss\\word',
    "PHRASE": " grüße & küsse an Zoë ",
    "PEM": PEM,
    "TOKEN": "tok/en+1234567890==",
}

#: JavaScript that makes a list of all that a script may turn a secret into.
SPELLED = r"""
const spelled = (secret) => {
  const utf8 = unescape(encodeURIComponent(secret));
  return [
    secret, secret.trim(), JSON.stringify(secret), JSON.stringify(JSON.stringify(secret)),
    JSON.stringify({ a: { b: JSON.stringify({ secret }) } }), encodeURIComponent(secret), encodeURI(secret), escape(secret),
    encodeURIComponent(encodeURIComponent(secret)), String(new URLSearchParams({ secret })),
    `https://example.org/${encodeURIComponent(secret)}?a=1`, new URL(`https://example.org/?x=${encodeURIComponent(secret)}`).href,
    btoa(utf8).replace(/(.{76})/g, '$1\n'), btoa('x'.repeat(50) + utf8).replace(/(.{64})/g, '$1\r\n'),
    btoa(JSON.stringify({ t: utf8 })), btoa(`q=${encodeURIComponent(secret)}`), btoa(utf8.split('\n')[5] || utf8),
    btoa(utf8), btoa(utf8).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, ''), btoa(`user:${utf8}`),
    _.escape(secret), secret.replace(/\//g, '\\/'), secret.replace(/\n/g, '\r\n'), secret.replace(/\n/g, '\\n'),
    JSON.stringify(secret).replace(/[^ -~]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')),
    JSON.stringify(secret).replace(/[^ -~]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')),
    ...secret.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----')),
  ];
};
"""
SHOUT = """
for (const secret of Object.values(secrets)) {
  for (const one of spelled(secret)) {
    console.log(one); console.log('said:', one, { one }, [one], new Map([[one, one]])); console.log('%s=%j %o', 'x', one, one);
  }
  console.error(new Error(secret)); console.log({ [secret]: 1 }); console.log(secret.slice(0, 5), secret);
}
"""


def leaks(shown: str) -> list[str]:
    """Return the pieces of secrets, of any length that tells something, that stand in a text."""
    pieces = [
        "ss\\word",
        "ss\\\\word",
        "ss%5Cword",
        "ss%5cword",
        "küsse",
        "k\\u00fcsse",
        "k%C3%BCsse",
    ]
    pieces += ["k%FCsse", "en+123456", "en%2B123456", "1234567890"]
    for secret in SECRETS.values():
        for octets in (secret.encode(), f"user:{secret}".encode()):
            said = base64.b64encode(octets).decode().rstrip("=")
            pieces += [said[at : at + 12] for at in range(8, len(said) - 12, 12)]
        for text in (
            f'{{"t":{json.dumps(secret, ensure_ascii=False)}',
            f"q={quote(secret, safe='')}",
        ):
            said = base64.b64encode(text.encode()).decode().rstrip("=")
            pieces += [said[at : at + 12] for at in range(12, len(said) - 12, 12)]
    pieces += [line[at : at + 10] for line in PEM.splitlines()[1:-2] for at in (0, 20, 50)]
    return [piece for piece in pieces if piece in shown]


def shown_of(api: Api, integration_id: str) -> str:
    """Return all that the log has of an integration, as it reads."""
    return json.dumps(api.executions(integrationId=integration_id), ensure_ascii=False)


@pytest.fixture
def api(make_engine: Callable[..., Engine]) -> Api:
    """A caller of an engine that keeps much of a console."""
    return Api(create_app(engine=make_engine(console_max_lines=5000, console_max_bytes=1 << 20)))


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.mark.parametrize(
    "ends",
    [
        "return { content: { text: 'done' }, all: Object.values(secrets).map(spelled), secrets };",
        "throw new Error(Object.values(secrets).map(spelled).join(' '));",
        "throw Object.values(secrets).map(spelled);",
        "throw spelled(secrets.PASSWORD)[3];",
        "return { error: { message: spelled(secrets.PEM).join() } };",
        "return JSON.stringify(secrets);",
        "JSON.parse(secrets.PASSWORD);",
        "return { content: { text: 'x', attachments: secrets.PEM } };",
        "return { content: { channel: '#' + secrets.TOKEN, text: secrets.PASSWORD } };",
    ],
)
def test_a_script_cannot_print_its_secrets(api: Api, ends: str) -> None:
    """Not on the console, in what it returns or throws, in the summary or in what is answered."""
    hook = api.hook(script(SPELLED + SHOUT + ends), secrets=SECRETS)
    hook.post({})
    shown = shown_of(api, hook.id)
    assert leaks(shown) == []
    assert HIDDEN in shown


@pytest.mark.parametrize("before", [0, 1000, 16_370, 16_384 - 90, 16_384 - 1000])
def test_a_limit_does_not_leave_the_beginning_of_a_secret(api: Api, before: int) -> None:
    """Wherever the console cuts: a line, a value that is inspected, or all of it."""
    body = f"""
      const pad = 'x '.repeat({before // 2});
      for (const secret of Object.values(secrets)) {{
        console.log(pad + secret); console.log({{ text: pad + secret }}); console.log({{ pad, secret }});
        console.log('%j', pad + secret); console.log(pad + JSON.stringify(secret) + JSON.stringify(secret));
        console.log({{ deep: pad + encodeURIComponent(secret).repeat(40) }});
      }}
      throw new Error(pad.slice(0, 3990) + secrets.TOKEN + secrets.TOKEN);
    """
    hook = api.hook(script(body), secrets=SECRETS, limits={"consoleBytes": 60_000})
    hook.post({})
    assert leaks(shown_of(api, hook.id)) == []


@pytest.mark.parametrize("bytes_left", range(2, 60, 7))
def test_the_last_line_of_a_console_is_cut_without_a_leak(api: Api, bytes_left: int) -> None:
    """The console keeps so many characters of all lines together, and no more of a secret."""
    body = "console.log('a'.repeat(4096 - 100)); console.log('b'.repeat(100 - request.content.left) + secrets.WORD);"
    word = "correct horse battery staple and some more of it"
    hook = api.hook(script(body), secrets={"WORD": word}, limits={"consoleBytes": 4096})
    hook.post({"left": bytes_left})
    shown = shown_of(api, hook.id)
    assert "corre" not in shown
    assert "aaaa" in shown


def test_requests_and_calls_of_a_script_tell_no_secret(make_engine: Callable[..., Engine]) -> None:
    """What came in its headers and address, and what it calls itself, in URL, headers and body."""
    internet = Internet()
    far = internet.serve(
        lambda seen: iter([reply({"got": dict(seen.headers), "path": seen.path}, 500)])
    )
    engine = make_engine(script_fetch_allow=f"127.0.0.1:{far.port}")
    api = Api(create_app(engine=engine))
    body = (
        SPELLED
        + f"const url = 'http://127.0.0.1:{far.port}/';"
        + """
        for (const secret of Object.values(secrets).slice(0, 2)) {
          const said = encodeURIComponent(secret.trim());
          HTTP('POST', `${url}${said}?x=${said}`, { headers: { 'X-Mine': said }, data: { secret } });
          const got = HTTP('GET', url + 'x', { params: { secret, s: JSON.stringify(secret) } });
          console.log(got.error, String(got.error && got.error.message), got.error && got.error.response);
          const answer = await fetch(url + said.repeat(40), { method: 'POST', body: JSON.stringify({ secret }) });
          console.log(await answer.text());
        }
        HTTP('GET', `http://${secrets.TOKEN}.invalid/`); HTTP('GET', 'nonsense:' + secrets.PASSWORD);
        throw new Error((await (await fetch(url + encodeURIComponent(secrets.PASSWORD))).text()));
        """
    )
    source = f"class Script {{ async process_incoming_request({{ request }}) {{ {body} }} }}"
    hook = api.hook(source, secrets=SECRETS)
    said = quote(SECRETS["PASSWORD"], safe="")
    hook.post(
        {},
        path=f"{hook.path}?x={said}&y={quote(quote(SECRETS['PHRASE']))}",
        headers={"X-Mine": SECRETS["TOKEN"], "X-Json": json.dumps(SECRETS["PASSWORD"])},
    )
    internet.close()
    shown = shown_of(api, hook.id)
    assert leaks(shown) == []
    assert hook.token not in shown
    assert "X-Mine" in shown


def test_outgoing_calls_tell_no_secret(api: Api) -> None:
    """Neither the steps nor the request, nor an answer that repeats all of it, cut or not."""
    internet = Internet()
    far = internet.serve(
        lambda seen: iter(
            [reply({"pad": "x" * 4000, "got": payload(seen), "h": dict(seen.headers)})]
        )
    )
    out = Outgoing(api)
    source = f"""class Script {{
      prepare_outgoing_request({{ request }}) {{
        {SPELLED}
        request.data = {{ secrets, all: spelled(secrets.PASSWORD), text: 'y'.repeat(90) + secrets.PEM }};
        request.headers['X-Mine'] = encodeURIComponent(secrets.PHRASE);
        request.url += `?mine=${{encodeURIComponent(secrets.PASSWORD)}}`;
        return request;
      }}
      process_outgoing_response({{ response }}) {{
        console.log(response.content); throw new Error(response.content_raw);
      }}
    }}"""
    out.create(far, script=source, secrets=SECRETS, triggerWords=["go"])
    out.say("go")
    shown = json.dumps(out.executions(count=1), ensure_ascii=False)
    internet.close()
    assert leaks(shown) == []
    assert HIDDEN in shown


def test_an_answer_full_of_a_secret_does_not_end_in_it(api: Api) -> None:
    """Dots are shorter, so that what is kept reaches to where the answer was cut before."""
    internet = Internet()
    far = internet.serve(lambda seen: iter([reply(payload(seen))]))
    secret = "".join(f"w{n:05d} ä/" for n in range(241))
    out = Outgoing(api)
    source = """class Script {
      prepare_outgoing_request({ request }) {
        request.data = { text: (secrets.LONG + ' ').repeat(20) };
        return request;
      }
      process_outgoing_response({ response }) {
        const error = new Error('x'); error.stack = (secrets.LONG + '\\n').repeat(20); throw error;
      }
    }"""
    out.create(far, script=source, secrets={"LONG": secret}, triggerWords=["go"])
    out.say("go")
    (execution,) = out.executions(count=1)
    internet.close()
    assert execution["answer"].count(HIDDEN) >= 8
    assert not re.search(r"w\d{5}", json.dumps(execution))


def test_an_answer_to_a_delivery_that_is_too_long_is_cut_without_a_leak(
    make_engine: Callable[..., Engine], sink: Sink
) -> None:
    """Secrets shrink to dots, and the part of one that was read last does not stay."""
    api = Api(create_app(engine=make_engine(delivery_retry_s="3600")))
    word = "".join(f"w{n:05d} äö/" for n in range(90))
    # So that of the last character that is read only half comes.
    body = b"x" * 68 + (word + " ").encode() * 80
    sink.answer = lambda got: (400, {"Content-Type": "text/plain"}, body)
    far = api.post(
        "destinations.create",
        type="webhook",
        name="Far",
        url=sink.url,
        headers={"X-Mine": quote(word)},
    )["destination"]["_id"]
    api.hook(destinations=[far]).post({"text": "a"})
    sink.wait_for(1)
    deadline = time.monotonic() + 20
    while not (found := api.get("deliveries.list")["deliveries"]) or not found[0]["attempts"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shown = json.dumps(api.get("deliveries.get", deliveryId=found[0]["_id"]), ensure_ascii=False)
    assert HIDDEN in shown
    assert b"\xc3" in body[: 64 << 10][-1:]
    assert not re.search(r"w\d{5}", shown)


def test_deliveries_tell_no_secret(make_engine: Callable[..., Engine], sink: Sink) -> None:
    """A far side that repeats what it was sent, in JSON or shortened, is not quoted with it."""
    api = Api(create_app(engine=make_engine(delivery_retry_s="3600")))
    word = 'pa"ss\\word of the far side'
    token = "abcdefghij-0123456789"

    def mirror(got: Got) -> Reply:
        told = " ".join([*got.headers.values(), got.path])
        body: Any = {"message": f"{'x' * 140} {told}", "json": json.dumps(told), "told": told}
        return 400, {"Content-Type": "application/json"}, json.dumps(body).encode()

    sink.answer = mirror
    far = api.post(
        "destinations.create",
        type="webhook",
        name="Far",
        url=f"{sink.url}/hooks/{token}?key={token}",
        headers={"X-Mine": word, "X-Twice": json.dumps(word)},
    )["destination"]["_id"]
    api.hook(destinations=[far]).post({"text": "a"})
    sink.wait_for(1)
    deadline = time.monotonic() + 20
    while not (found := api.get("deliveries.list")["deliveries"]) or not found[0]["attempts"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shown = json.dumps(
        [
            api.get("deliveries.get", deliveryId=found[0]["_id"]),
            api.get("destinations.list"),
            api.post("destinations.test", destinationId=far),
        ],
        ensure_ascii=False,
    )
    for piece in ("ss\\word", "ss\\\\word", "word of the", token, token[:10]):
        assert piece not in shown
    assert HIDDEN in shown


def test_a_secret_that_senders_send_is_not_in_the_log(api: Api) -> None:
    """A verification by a header of any name: the header is shown with dots."""
    hook = api.hook(
        verification={"preset": "gitlab", "secret": SECRETS["TOKEN"]},
    )
    hook.post(
        {"text": "a"}, headers={"X-Gitlab-Token": SECRETS["TOKEN"], "X-Copy": SECRETS["TOKEN"]}
    )
    shown = shown_of(api, hook.id)
    assert "1234567890" not in shown
    assert '"X-Copy", "••••••••"' in shown


def test_repeating_a_run_compares_what_is_hidden(api: Api) -> None:
    """What the log has dots for is hidden in the same way of the repetition."""
    hook = api.hook(
        script(SPELLED + SHOUT + "return { content: { text: 'done' }, secrets };"), secrets=SECRETS
    )
    hook.post({})
    again = api.post("executions.replay", executionId=hook.last()["_id"], exact=True)
    assert again["differs"] == []
    assert leaks(json.dumps(again, ensure_ascii=False)) == []
