"""The globals of the web that a script finds, as Node has them."""

import base64
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus
from tests.conftest import missing

Run = Callable[..., RunOutcome]

NAMES = ("URL", "URLSearchParams", "TextEncoder", "TextDecoder", "atob", "btoa")

#: What an error shows of itself.
CAUGHT = "try {{ {code}; return 'nothing' }} catch (e) {{ return [e.name, e.code, e.message] }}"


@pytest.fixture(autouse=True)
def libraries_are_there() -> None:
    """The wheel build brings them in."""
    if not resources.files("engine.prelude").joinpath("vendor/whatwg-url.js").is_file():
        missing("the libraries of the wheel build")


@pytest.mark.parametrize(
    ("url", "href"),
    [
        (
            "'HTTP://User:pa:ss@EXAMPLE.com:80/a/./b/../c?q#f'",
            "http://User:pa%3Ass@example.com/a/c?q#f",
        ),
        ("' \\t\\nhttps://a/b c\\td '", "https://a/b%20cd"),
        ("'https:\\\\\\\\a\\\\b'", "https://a/b"),
        ("'//b/c', 'https://a/x'", "https://b/c"),
        ("'?q', 'https://a/x/y?p#f'", "https://a/x/y?q"),
        ("'../../..', 'https://a/x/y/z'", "https://a/"),
        ("'https://0x7f.1/'", "https://127.0.0.1/"),
        ("'https://[1:0:0:0:0:0:0:2]:444/'", "https://[1::2]:444/"),
        (
            "'https://münchen.example/ä?ö=ü#ß'",
            "https://xn--mnchen-3ya.example/%C3%A4?%C3%B6=%C3%BC#%C3%9F",
        ),
        ("'https://faß.ExAmPlE/'", "https://xn--fa-hia.example/"),
        ("'https://☃.net'", "https://xn--n3h.net/"),
        ("'https://a%2eb/'", "https://a.b/"),
        ("'https://xn--n3h.net'", "https://xn--n3h.net/"),
        ("'file:c|/x/../y'", "file:///c:/y"),
        ("'mailto:a@b?subject=x'", "mailto:a@b?subject=x"),
        ("'javascript:alert(1)'", "javascript:alert(1)"),
        ("'foo://h:1/a b'", "foo://h:1/a%20b"),
        ("'https://a/\\ud800'", "https://a/%EF%BF%BD"),
        ("new URL('https://a/b')", "https://a/b"),
        ("{ toString: () => 'https://a/b' }", "https://a/b"),
    ],
)
def test_a_url_is_serialised_as_the_standard_says(call: Run, url: str, href: str) -> None:
    """Odd ones too."""
    found = call(f"const u = new URL({url}); return [u.href, `${{u}}`, u.toJSON(), {{ u }}]").result
    assert found == [href, href, href, {"u": href}]


@pytest.mark.parametrize(
    "url",
    [
        *("''", "'x'", "'/x'", "undefined", "'http://'", "'http://a b/'", "'http://a:99999/'"),
        *(
            "'http://[::1'",
            "'http://1.2.3.256'",
            "'http://a/', 'y'",
            "'http://a<b'",
            "'https://xn--a/'",
        ),
        *("'http://\\u00ad/'", "'https://a.xn--0/'", "'https://%zz/'"),
    ],
)
def test_what_is_no_url_is_refused(call: Run, url: str) -> None:
    """The constructor throws, and the other two say so."""
    assert call(CAUGHT.format(code=f"new URL({url})")).result == [
        "TypeError",
        "ERR_INVALID_URL",
        "Invalid URL",
    ]
    assert call(f"return [URL.canParse({url}), URL.parse({url})]").result == [False, None]


def test_the_error_of_a_url_says_what_was_given(call: Run) -> None:
    """As in Node, whose errors of this kind are TypeErrors of the script's own world."""
    body = "try { new URL('/x', 'y') } catch (e) { return [e instanceof TypeError, e, String(e), e.stack] }"
    is_type_error, members, text, stack = call(body).result
    assert is_type_error
    assert members == {"code": "ERR_INVALID_URL", "input": "/x", "base": "y"}
    assert text == "TypeError: Invalid URL"
    assert stack.startswith("TypeError: Invalid URL\n    at ")


def test_an_uncaught_error_is_at_the_line_of_the_script(run: Run) -> None:
    """The library's own lines are nowhere to be seen."""
    source = "class Script {\n  run() {\n    const x = 1;\n    return new URL('nonsense');\n  }\n}"
    outcome = run(source)
    assert outcome.status is RunStatus.RUN_ERROR
    assert outcome.error is not None
    assert (outcome.error.name, outcome.error.message) == ("TypeError", "Invalid URL")
    assert (outcome.error.line, outcome.error.column) == (4, 12)
    assert "prelude" not in outcome.error.stack
    assert "anonymous" not in outcome.error.stack


def test_every_part_of_a_url_can_be_read(call: Run) -> None:
    """All twelve of them, and an origin."""
    body = """
    const u = new URL('https://u:p@host.example:8443/a/b?c=d&c=e#f');
    const parts = {};
    for (const name in u) if (typeof u[name] === 'string') parts[name] = u[name];
    return parts"""
    assert call(body).result == {
        "href": "https://u:p@host.example:8443/a/b?c=d&c=e#f",
        "origin": "https://host.example:8443",
        "protocol": "https:",
        "username": "u",
        "password": "p",
        "host": "host.example:8443",
        "hostname": "host.example",
        "port": "8443",
        "pathname": "/a/b",
        "search": "?c=d&c=e",
        "hash": "#f",
    }


@pytest.mark.parametrize(
    ("change", "href"),
    [
        ("u.protocol = 'http'", "http://u:p@h:1/a?b#c"),
        ("u.protocol = 'mailto'", "https://u:p@h:1/a?b#c"),
        ("u.username = 'ä@'", "https://%C3%A4%40:p@h:1/a?b#c"),
        ("u.password = ''", "https://u@h:1/a?b#c"),
        ("u.host = 'x.y:2'", "https://u:p@x.y:2/a?b#c"),
        ("u.host = ''", "https://u:p@h:1/a?b#c"),
        ("u.host = 'xn--a:5'", "https://u:p@h:1/a?b#c"),
        ("u.hostname = 'bücher'", "https://u:p@xn--bcher-kva:1/a?b#c"),
        ("u.port = '443'", "https://u:p@h/a?b#c"),
        ("u.port = '12x'", "https://u:p@h:12/a?b#c"),
        ("u.port = 'x'", "https://u:p@h:1/a?b#c"),
        ("u.pathname = 'x y/?#'", "https://u:p@h:1/x%20y/%3F%23?b#c"),
        ("u.search = 'q r#'", "https://u:p@h:1/a?q%20r%23#c"),
        ("u.search = ''", "https://u:p@h:1/a#c"),
        ("u.hash = 'x `'", "https://u:p@h:1/a?b#x%20%60"),
        ("u.hash = ''", "https://u:p@h:1/a?b"),
        ("u.href = 'http://z'", "http://z/"),
        ("u.origin = 'http://z'", "https://u:p@h:1/a?b#c"),
    ],
)
def test_parts_of_a_url_can_be_set(call: Run, change: str, href: str) -> None:
    """What does not fit changes nothing."""
    assert (
        call(f"const u = new URL('https://u:p@h:1/a?b#c'); {change}; return u.href").result == href
    )


def test_a_url_and_its_parameters_are_linked(call: Run) -> None:
    """Each follows the other, and the parameters stay the same object."""
    body = """
    const u = new URL('https://h/?a=1#f');
    const p = u.searchParams;
    const seen = [];
    p.append('b', 'x y&ü'); seen.push(u.href);
    p.delete('a'); seen.push(u.search);
    u.search = '?c=3&c=4'; seen.push(p.getAll('c'));
    u.href = 'https://g/?d'; seen.push([...p]);
    p.delete('d'); seen.push(u.href);
    return [p === u.searchParams, seen]"""
    assert call(body).result == [
        True,
        [
            "https://h/?a=1&b=x+y%26%C3%BC#f",
            "?b=x+y%26%C3%BC",
            ["3", "4"],
            [["d", ""]],
            "https://g/",
        ],
    ]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("", ""),
        ("'?a=1&&b=%20+&c'", "a=1&b=++&c="),
        ("'??a=%'", "%3Fa=%25"),
        ("'%ff=%E4%BD%A0%zz'", "%EF%BF%BD=%E4%BD%A0%25zz"),
        ("'a=~!()*\\'-._'", "a=%7E%21%28%29*%27-._"),
        ("{ a: 1, b: [1, 2], c: undefined }", "a=1&b=1%2C2&c=undefined"),
        ("[['a', 1], new Set(['b', 2])]", "a=1&b=2"),
        ("new Map([['a', '1']])", "a=1"),
        ("new URLSearchParams('a=1')", "a=1"),
        ("new URL('http://h/?a=1').searchParams", "a=1"),
        ("'\\ud800=\\udc00'", "%EF%BF%BD=%EF%BF%BD"),
    ],
)
def test_parameters_are_made_of_anything(call: Run, given: str, text: str) -> None:
    """Of a text, of pairs, of an object's members."""
    assert call(f"return String(new URLSearchParams({given}))").result == text


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[...p]", [["a", "1"], ["b", "2"], ["a", "3"]]),
        ("[...p.keys()]", ["a", "b", "a"]),
        ("[...p.values()]", ["1", "2", "3"]),
        ("Array.from(p.entries(), ([k, v]) => k + v)", ["a1", "b2", "a3"]),
        ("Object.fromEntries(p)", {"a": "3", "b": "2"}),
        ("(p.forEach(function (v, k, all) { this.push(v + k + (all === p)) }, seen), seen)", ["1atrue", "2btrue", "3atrue"]),
        ("(() => { for (const [k] of p) { seen.push(k); p.delete(k) } return seen })()", ["a"]),
        ("(() => { for (const [k, v] of p) { seen.push(v); if (v < 3) p.append('c', 4) } return seen })()", ["1", "2", "3", "4", "4"]),
        ("Object.prototype.toString.call(p.keys())", "[object URLSearchParams Iterator]"),
        ("p[Symbol.iterator] === p.entries", True),
        ("(p.sort(), String(p))", "a=1&a=3&b=2"),
        ("(p.set('a', 9), String(p))", "a=9&b=2"),
        ("(p.delete('a', '3'), String(p))", "a=1&b=2"),
        ("[p.get('a'), p.get('z'), p.getAll('a'), p.has('a'), p.has('a', '2'), p.size]", ["1", None, ["1", "3"], True, False, 3]),
    ],
)  # fmt: skip
def test_parameters_can_be_gone_through_and_changed(
    call: Run, expression: str, expected: Any
) -> None:
    """An iteration sees what is changed while it goes on."""
    body = f"const p = new URLSearchParams('a=1&b=2&a=3'), seen = []; return {expression}"
    assert call(body).result == expected


@pytest.mark.parametrize(
    ("code", "name", "error_code", "message"),
    [
        ("new URL()", "TypeError", "ERR_MISSING_ARGS", 'The "url" argument must be specified'),
        ("URL('http://a')", "TypeError", None, "Class constructor URL cannot be invoked without 'new'"),
        ("new URLSearchParams([['a']])", "TypeError", "ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple"),
        ("new URLSearchParams({ [Symbol.iterator]: 5 })", "TypeError", "ERR_ARG_NOT_ITERABLE", "Query pairs must be iterable"),
        ("new URLSearchParams().append('a')", "TypeError", "ERR_MISSING_ARGS", 'The "name" and "value" arguments must be specified'),
        ("new URLSearchParams().forEach(5)", "TypeError", "ERR_INVALID_ARG_TYPE", 'The "callback" argument must be of type function. Received type number (5)'),
        ("URLSearchParams.prototype.get.call({}, 'a')", "TypeError", "ERR_INVALID_THIS", 'Value of "this" must be of type URLSearchParams'),
        ("atob()", "TypeError", "ERR_MISSING_ARGS", 'The "input" argument must be specified'),
        ("atob('a')", "InvalidCharacterError", 5, "The string to be decoded is not correctly encoded."),
        ("atob('YQ=')", "InvalidCharacterError", 5, "Invalid character"),
        ("atob('Y*==')", "InvalidCharacterError", 5, "Invalid character"),
        ("btoa('\\u0100')", "InvalidCharacterError", 5, "Invalid character"),
        ("new TextDecoder('nope')", "RangeError", "ERR_ENCODING_NOT_SUPPORTED", 'The "nope" encoding is not supported'),
        ("new TextDecoder().decode('text')", "TypeError", "ERR_INVALID_ARG_TYPE", 'The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.'),
        ("new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))", "TypeError", "ERR_ENCODING_INVALID_ENCODED_DATA", "The encoded data was not valid for encoding utf-8"),
        ("new TextEncoder().encodeInto('a', [])", "TypeError", "ERR_INVALID_ARG_TYPE", 'The "dest" argument must be an instance of Uint8Array. Received an instance of Array'),
        ("btoa(Symbol())", "TypeError", None, "Cannot convert a Symbol value to a string"),
    ],
)  # fmt: skip
def test_misuse_is_refused_in_nodes_words(
    call: Run, code: str, name: str, error_code: Any, message: str
) -> None:
    """Name, code and message."""
    found = call(CAUGHT.format(code=code)).result
    assert found == [name, error_code, message]


def test_the_error_of_base64_is_a_dom_exception(call: Run) -> None:
    """Which is an Error that shows its name everywhere."""
    body = """
    try { atob('*') } catch (e) {
      return [e instanceof Error, e.constructor.name, String(e), e.stack.split('\\n')[0], Object.keys(e)]
    }"""
    shown = "InvalidCharacterError: Invalid character"
    assert call(body).result == [True, "DOMException", shown, shown, []]
    uncaught = call("atob('*')").error
    assert uncaught is not None
    assert (uncaught.name, uncaught.line) == ("InvalidCharacterError", 1)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("atob('aMOpIQ==')", "hÃ©!"),
        ("atob(' a G\\tk\\n')", "hi"),
        ("atob('YR')", "a"),
        ("atob('')", ""),
        ("btoa('h\\xe9')", "aOk="),
        ("btoa(null)", "bnVsbA=="),
        ("[...atob('AP//')].map(c => c.charCodeAt(0))", [0, 255, 255]),
        ("atob(btoa('\\x00\\xff'.repeat(50000))) === '\\x00\\xff'.repeat(50000)", True),
    ],
)
def test_base64_goes_both_ways(call: Run, expression: str, expected: Any) -> None:
    """Characters are bytes; padding and white space are forgiven."""
    assert call(f"return {expression}").result == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[...new TextEncoder().encode('aé日😀')]", [97, 195, 169, 230, 151, 165, 240, 159, 152, 128]),
        ("[...new TextEncoder().encode('\\ud800x')]", [239, 191, 189, 120]),
        ("new TextEncoder().encode('a') instanceof Uint8Array", True),
        ("new TextEncoder().encode().length", 0),
        ("new TextEncoder().encodeInto('é😀', bytes)", {"read": 1, "written": 2}),
        ("(new TextEncoder().encodeInto('日x', bytes), [...bytes])", [230, 151, 165, 120, 0]),
        ("new TextEncoder().encoding", "utf-8"),
    ],
)  # fmt: skip
def test_text_is_encoded_as_utf_8(call: Run, expression: str, expected: Any) -> None:
    """Half pairs become replacement characters, and what has no room is left out."""
    assert call(f"const bytes = new Uint8Array(5); return {expression}").result == expected


@pytest.mark.parametrize(
    ("label", "name", "given", "text"),
    [
        ("utf-8", "utf-8", [0xE6, 0x97, 0xA5, 0xF0, 0x9F, 0x98, 0x80], "日😀"),
        (" UTF8 ", "utf-8", [0x61, 0xFF, 0xE6, 0x97, 0x62], "a��b"),
        ("utf-16", "utf-16le", [0xE9, 0x00, 0x3D, 0xD8, 0x00, 0xDE], "é😀"),
        ("utf-16be", "utf-16be", [0x00, 0xE9, 0xD8, 0x3D], "é�"),
        ("latin1", "windows-1252", [0xE9, 0x80, 0x81], "é€\x81"),
        ("iso-8859-15", "iso-8859-15", [0xA4], "€"),
        ("windows-1251", "windows-1251", [0xC4, 0xE0], "Да"),
        ("koi8-r", "koi8-r", [0xE4, 0xC1], "Да"),
        ("shift_jis", "shift_jis", [0x93, 0xFA, 0x96, 0x7B], "日本"),
        ("gb2312", "gbk", [0xC4, 0xE3, 0xBA, 0xC3], "你好"),
        ("big5", "big5", [0xA7, 0x41], "你"),
        ("euc-kr", "euc-kr", [0xC7, 0xD1], "한"),
        ("euc-jp", "euc-jp", [0xC6, 0xFC], "日"),
        ("iso-2022-jp", "iso-2022-jp", [0x1B, 0x24, 0x42, 0x46, 0x7C], "日"),
    ],
)
def test_bytes_are_decoded(call: Run, label: str, name: str, given: list[int], text: str) -> None:
    """In any encoding of the web, whatever the bytes are in."""
    body = """
    const d = new TextDecoder(arg.label), bytes = new Uint8Array([0, ...arg.given, 0]);
    const view = new DataView(bytes.buffer, 1, arg.given.length);
    return [d.encoding, d.decode(view), d.decode(bytes.slice(1, -1).buffer), d.decode(bytes.subarray(1, -1))]"""
    assert call(body, {"label": label, "given": given}).result == [name, text, text, text]


@pytest.mark.parametrize(
    ("options", "chunks", "texts"),
    [
        ("{}", [[0xE6, 0x97], [0xA5, 0xF0, 0x9F], [0x98, 0x80]], ["", "日", "😀"]),
        ("{}", [[0xE6], [0x41]], ["", "�A"]),
        ("{}", [[0xE6, 0x97], []], ["", "�"]),
        ("{}", [[0xEF, 0xBB], [0xBF, 0x41], [0xEF, 0xBB, 0xBF]], ["", "A", "\ufeff"]),
        ("{ ignoreBOM: true }", [[0xEF, 0xBB, 0xBF, 0x41]], ["\ufeffA"]),
        ("{}", [[0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF]], ["\ufeff"]),
        ("{ fatal: true }", [[0xE6], [0x97, 0xA5]], ["", "日"]),
        ("{ fatal: true }", [[0xE6], [0x41]], ["", "TypeError"]),
        ("{ fatal: true }", [[0xE6, 0x97]], ["TypeError"]),
    ],
)
def test_bytes_are_decoded_in_a_stream(
    call: Run, options: str, chunks: list[list[int]], texts: list[str]
) -> None:
    """What a chunk leaves open the next one ends; a byte order mark counts at the beginning alone."""
    body = f"""
    const d = new TextDecoder('utf-8', {options});
    const decode = (chunk, i) => {{
      try {{ return d.decode(new Uint8Array(chunk), {{ stream: i < arg.length - 1 }}) }}
      catch (e) {{ return e.name }}
    }};
    return [arg.map(decode), d.decode(new Uint8Array([65]))]"""
    assert call(body, chunks).result == [texts, "A"]


def test_a_stream_may_be_of_other_encodings(call: Run) -> None:
    """Of those with more than one byte to a character."""
    body = """
    const decode = (label, ...chunks) => {
      const d = new TextDecoder(label);
      return chunks.map((chunk) => d.decode(new Uint8Array(chunk), { stream: true })).concat(d.decode());
    };
    return [decode('utf-16le', [0xff], [0xfe, 0x3d], [0xd8, 0x00, 0xde]), decode('gbk', [0xc4], [0xe3])]"""
    assert call(body).result == [["", "", "😀", ""], ["", "你", ""]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "read",
    [
        "globalThis['{0}{1}']",
        "global['{0}{1}']",
        "eval('{0}' + '{1}')",
        "new Function('return {0}' + '{1}')()",
        "[].map.constructor('return {0}' + '{1}')()",
        "(function () {{ return this }})()['{0}' + '{1}']",
    ],
)
def test_the_globals_are_there_by_any_name(call: Run, read: str, name: str) -> None:
    """Also where the text of the script does not have the name in one piece."""
    assert call(f"return typeof {read.format(name[:2], name[2:])}").result == "function"


def test_the_globals_are_there_at_the_top_level(run: Run) -> None:
    """As members of `this`, behind dots, and in a script that is only being loaded."""
    source = """
    const found = [this.URL, this['at' + 'ob'], ...[URLSearchParams]].map((one) => typeof one);
    const host = new URL('https://\u00fc/').host;
    class Script { run() { return [...found, host, ...atob('aGk=')]; } }
    """
    assert run(source).result == [*["function"] * 3, "xn--tda", "h", "i"]


@pytest.mark.parametrize("name", NAMES)
def test_the_globals_are_plain_ones(call: Run, name: str) -> None:
    """Configurable and writable, and not to be found by going through the global object."""
    body = f"""
    const before = typeof {name};
    const {{ writable, enumerable, configurable }} = Object.getOwnPropertyDescriptor(globalThis, '{name}');
    const found = [before, writable, enumerable, configurable, {name} === globalThis.{name}, {name}.name];
    delete globalThis.{name};
    return [...found, typeof {name}]"""
    assert call(body).result == ["function", True, False, True, True, name, "undefined"]


def test_a_script_may_use_them_in_class_bodies(run: Run) -> None:
    """As what is extended, and in fields and static members."""
    source = """
    class Link extends URL {
      static home = new Link('https://home/');
      text = new TextDecoder().decode(new TextEncoder().encode(atob('aGk=')));
      get short() { return this.host + this.pathname; }
    }
    class Script { run() { return [Link.home.short, Link.home.text, Link.home instanceof URL, `${new Link('/x', Link.home)}`]; } }
    """
    assert run(source).result == ["home/", "hi", True, "https://home/x"]


def test_a_script_may_have_its_own_beside_ours(run: Run) -> None:
    """One name of a library can be the script's while another is not."""
    source = "const URLSearchParams = 5; const TextEncoder = 6; class Script { run() { return [URLSearchParams, TextEncoder, new URL('http://a/?b=c').searchParams.get('b'), new TextDecoder().encoding] } }"
    assert run(source).result == [5, 6, "c", "utf-8"]


@pytest.mark.parametrize(
    "before",
    [
        "var Buffer = { from() {} }; function SharedArrayBuffer() {} var process = { versions: {} };",
        "const require = 1, module = 2, exports = 3, more = 4, parser = 5, encoding = 6;",
        "globalThis.HermesInternal = {}; globalThis.Deno = {};",
        "Object.defineProperty(globalThis, 'TextEncoder', { value: function () { throw 1 } });",
    ],
)
def test_globals_of_a_script_do_not_disturb_them(run: Run, before: str) -> None:
    """They look at nothing that a script may well have declared."""
    source = f"{before} class Script {{ run() {{ return [new URL('https://ü/é').href, new TextDecoder('gbk').decode(new Uint8Array([0xc4, 0xe3])), atob('YQ==')] }} }}"
    assert run(source).result == ["https://xn--tda/%C3%A9", "你", "a"]


def test_patched_prototypes_are_the_scripts_own_trouble(run: Run) -> None:
    """Whatever they break, the next run finds everything whole."""
    patched = """
    Array.prototype.push = Array.prototype.map = String.prototype.replace = () => { throw new Error('patched') };
    Object.defineProperty = Reflect.apply = Function.prototype.call = () => { throw new Error('patched') };
    Object.prototype.get = Object.prototype.value = 'patched';
    class Script { run() { try { return new URL('https://bücher/').href } catch (e) { return 'failed' } } }
    """
    outcome = run(patched)
    assert outcome.status is RunStatus.OK
    assert run("class Script { run() { return new URL('https://bücher/').href } }").result == (
        "https://xn--bcher-kva/"
    )


def test_an_instance_that_is_kept_keeps_them(run: Run) -> None:
    """What one run made another can use, and touch what the first one did not."""
    source = """
    class Script {
      run(x) {
        if (x > 1) this.url.host = '\u00e4';
        this.url ??= new URL('https://a/');
        this.url.searchParams.append('n', x);
        return x > 1 ? btoa(this.url.href) : this.url.href;
      }
    }
    """
    assert run(source, 1, keep_as="kept-url").result == "https://a/?n=1"
    later = run(source, 2, keep_as="kept-url").result
    assert base64.b64decode(later) == b"https://xn--4ca/?n=1&n=2"


def test_one_run_does_not_change_them_for_the_next(call: Run) -> None:
    """Jobs share no class."""
    assert (
        call("URL.prototype.toString = () => 'forged'; return `${new URL('http://a')}`").result
        == "forged"
    )
    assert call("return `${new URL('http://a')}`").result == "http://a/"
