"""The compatibility check: what a script uses, what is missing here, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.compatibility import Check, Level, UsedAs, examine
from engine.compatibility.names import SANDBOX
from engine.sandbox.outcome import RunOutcome
from engine.sandbox.pool import Pool

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "scripts_examples").glob("*/script.js"))
DIFFERENTIAL = sorted((ROOT / "tests" / "differential" / "cases").glob("*.js"))

#: Counted as there before they are.
PROMISED = {"URL", "URLSearchParams", "atob", "btoa", "TextEncoder", "TextDecoder"}

Checker = Callable[..., Check]


@pytest.fixture
def check(pool: Pool) -> Checker:
    """Check a whole script."""

    def check(source: str, **used_as: str | bool) -> Check:
        return examine(pool, source, "hook", UsedAs(**used_as))  # type: ignore[arg-type]

    return check


def method(body: str, signature: str = "process_incoming_request({ request })") -> str:
    """Return a script whose method has this body on line 3, after two spaces."""
    return f"class Script {{\n{signature} {{\n  {body}\n}}\n}}"


def worth_saying(check: Check) -> list[tuple[str, str, str, int | None, int | None]]:
    """Return what is more than "it is there"."""
    return [
        (note.level.value, note.kind, note.name, note.line, note.column)
        for note in check.notes
        if note.level is not Level.OK
    ]


NAMES = [
    # What other platforms have.
    ("const request2 = require('request');", "problem", "require", 20, "underscore is the global `_`"),
    ("module.exports = Script;", "problem", "module", 3, "found by its name"),
    ("exports.x = 1;", "problem", "exports", 3, "found by its name"),
    ("return process.env.TOKEN;", "problem", "process", 10, "secrets.NAME"),
    ("Buffer.from('x');", "problem", "Buffer", 3, "btoa(text)"),
    ("setInterval(() => 1, 5);", "problem", "setInterval", 3, "setTimeout"),
    ("setImmediate(() => 1);", "problem", "setImmediate", 3, "setTimeout(fn, 0)"),
    ("queueMicrotask(() => 1);", "problem", "queueMicrotask", 3, "Promise.resolve()"),
    ("structuredClone({});", "problem", "structuredClone", 3, "JSON.parse(JSON.stringify"),
    ("new XMLHttpRequest();", "problem", "XMLHttpRequest", 7, "fetch"),
    ("axios.post('x');", "problem", "axios", 3, "HTTP(method, url, options)"),
    ("window.x;", "problem", "window", 3, "`global`"),
    ("document.title;", "problem", "document", 3, "`request`"),
    ("localStorage.getItem('x');", "problem", "localStorage", 3, "Store.get"),
    ("crypto.createHash('md5');", "problem", "crypto", 3, "Math.random()"),
    ("new FormData();", "problem", "FormData", 7, "URLSearchParams({ … })"),
    ("new AbortController();", "problem", "AbortController", 7, "`timeout`"),
    ("fetch('x', new Headers());", "problem", "Headers", 18, "{ headers: { … } }"),
    ("dayjs();", "problem", "dayjs", 3, "`moment`"),
    ("UrlFetchApp.fetch('x');", "problem", "UrlFetchApp", 3, "HTTP"),
    # Rocket.Chat's server.
    ("Meteor.call('x');", "problem", "Meteor", 3, "REST API"),
    ("RocketChat.models.Rooms;", "problem", "RocketChat", 3, "REST API"),
    ("Users.findOne({});", "problem", "Users", 3, "REST API"),
    ("Livechat.x();", "problem", "Livechat", 3, "REST API"),
    ("Promise.await(fetch('x'));", "problem", "Promise.await", 3, "`await` in an `async`"),
    ("scriptTimeout(1);", "problem", "scriptTimeout", 3, "limits"),
    ("new ivm.Reference({});", "problem", "ivm", 7, "delete"),
    # What is taken away here.
    ("new SharedArrayBuffer(8);", "problem", "SharedArrayBuffer", 7, "`ArrayBuffer`"),
    ("Atomics.wait(1);", "problem", "Atomics", 3, "runs alone"),
    ("WebAssembly.compile(1);", "problem", "WebAssembly", 3, "JavaScript"),
    ("new FinalizationRegistry(() => 1);", "problem", "FinalizationRegistry", 7, "WeakRef"),
    # Members of what is there.
    ("moment.tz('x', 'Europe/Berlin');", "problem", "moment.tz", 3, "{ timeZone: 'Europe/Berlin' }"),
    ("_.flatMap([], (x) => x);", "warning", "_.flatMap", 3, "list.flatMap(fn)"),
    ("Store.delete('x');", "warning", "Store.delete", 3, "Store.set(key, undefined)"),
    ("HTTP.delete('x');", "warning", "HTTP.delete", 3, "`HTTP.del`"),
    ("console.success('x');", "warning", "console.success", 3, ""),
    ("Math.clamp(1, 2, 3);", "warning", "Math.clamp", 3, ""),
    # Nobody's.
    ("return mesage;", "problem", "mesage", 10, "spelling"),
    ("if (request.user) return mesage;", "warning", "mesage", 28, "spelling"),
    ("return 1; mesage;", "warning", "mesage", 13, "spelling"),
    ("[].map(() => mesage);", "warning", "mesage", 16, "spelling"),
    ("console.log(`${mesage}`);", "problem", "mesage", 18, "spelling"),
    ("const { x = mesage } = request.content;", "warning", "mesage", 15, "spelling"),
    ("return { content: { mesage } };", "problem", "mesage", 23, "spelling"),
    ("mesage.x = 1;", "problem", "mesage", 3, "spelling"),
    ("const s = 'x' + mesage;", "problem", "mesage", 19, "spelling"),
    # Changed, but never set.
    ("count += 1;", "problem", "count", 3, "`let count = …`"),
    ("count++;", "problem", "count", 3, "`let count = …`"),
    ("--count;", "problem", "count", 5, "`let count = …`"),
    ("count ||= 1;", "problem", "count", 3, "`let count = …`"),
    ("count ??= {};", "problem", "count", 3, "`let count = …`"),
    ("count = count + 1;", "problem", "count", 11, "declare it"),
    ("count = [...count, 1];", "problem", "count", 15, "declare it"),
    ("if (request.user) count += 1;", "warning", "count", 21, "`let count = …`"),
    ("try { count += 1 } catch (e) { return }", "warning", "count", 9, "`let count = …`"),
    ("(function () { 'use strict'; count = 1; })();", "warning", "count", 32, "`let count = …`"),
    ("return global.Meteor.x;", "problem", "Meteor", 10, "REST API"),
    ("try { Buffer.from('x') } catch (e) { return e }", "warning", "Buffer", 9, "btoa"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "level", "name", "column", "instead"), NAMES)
def test_a_name_that_is_missing_is_told(
    check: Checker, body: str, level: str, name: str, column: int, instead: str
) -> None:
    """With its place, what to write instead, and a problem keeps the script from running."""
    checked = check(method(body))
    said = [one for one in checked.notes if one.level is not Level.OK]
    (note,) = [one for one in said if one.kind != "sloppy undeclared"]
    if note.name != name:
        assert (note.kind, note.name.partition(".")[0]) == ("name", name)
    assert (note.level, note.kind, note.line, note.column) == (level, "name", 3, column)
    assert instead in note.instead
    assert checked.runs is (level != "problem")
    assert any(use.name.partition(".")[0] == name.partition(".")[0] for use in checked.uses)


@pytest.mark.parametrize(
    "source",
    [
        method("const require = (name) => name; return require('x');"),
        method("return Buffer.from('x');") + "\nconst Buffer = { from: (x) => x };",
        method("function window() {} return window();"),
        method("return ((process) => process)(1);"),
        method("try { throw 1 } catch (document) { return document }"),
        method("Meteor = {}; return Meteor.x;"),
        method("global.Buffer = Array; return Buffer.from([]);"),
        "globalThis.window = {};\n" + method("return window.x;"),
        "this.jQuery = 1;\n" + method("return jQuery;"),
        method("if (typeof require === 'function') require('x');"),
        method("return typeof window === 'undefined' ? 1 : window.x;"),
        method("return typeof process !== 'undefined' && process.env;"),
        method("if (typeof Buffer === 'undefined') return; Buffer.from('x');"),
        "const hasBuffer = typeof Buffer !== 'undefined';\n"
        + method("if (hasBuffer) Buffer.from('x');"),
        method("if (global.Buffer) global.Buffer.from('x');"),
        method("if ('Buffer' in globalThis) Buffer.from('x');"),
        method("return global.Meteor;"),
        method("with ({ window: 1 }) { return window; }"),
        method("eval('var made = 1'); return made;"),
        method("return Array.prototype.group ? 1 : [].at(-1);"),
        method("_.mixin({ slug: (x) => x }); return _.slug('x');"),
        method("Math.clamp = (x) => x; return Math.clamp(1);"),
        method("return { require: 1, process: 2 }.process;"),
        method("label: for (;;) break label;"),
        method("/* require('x') */ return 'window.document'; // Buffer"),
        # Assigned without a declaration, and then changed or read.
        method("count = 0; count += 1; count++; return { content: { count } };"),
        method("for (i = 0; i < 3; i += 1) i = i * 2;"),
        method("for (key in request.content) { text = key; text += `${text}`; }"),
        method("if (request.user) { a = 1 } else { a = 2 } return a;"),
        method("switch (request.user) { case 1: a = 1; break; default: a = 2 } return a;"),
        method("try { a = JSON.parse('1') } catch (e) { a = null } return a;"),
        method("({ a, b: [c] } = request.content); a += c; return a;"),
        method("a = 1; const later = () => a++; return later();"),
        method("if (typeof a === 'undefined') a = 0; return a;"),
        method("if (!request.user) return; a = 1; return a;"),
        "count = 0;\n" + method("count += 1; return { content: { text: count } };"),
        method("count += 1;") + "\ncount = 0;",
        method("begin(); count += 1;") + "\nfunction begin() { count = 0 }",
        "class Script {\nconstructor() { count = 0 }\nprocess_incoming_request() { count += 1 }\n}",
        "class Script {\nprocess_incoming_request() { this.begin(); return count }\nbegin() { count = 0 }\n}",
    ],
)
def test_what_a_script_declares_or_looks_for_is_no_problem(check: Checker, source: str) -> None:
    """Its own names, names that it asks after first, and words that are no names."""
    checked = check(source)
    assert checked.runs
    kinds = {note.kind for note in checked.notes if note.level in (Level.PROBLEM, Level.WARNING)}
    assert kinds <= {"returns-text", "returns-no-content", "state"}
    assert not [note for note in checked.notes if note.kind == "early read"]


HABITS = [
    # Modules.
    ("import _ from 'underscore';\n" + method(""), "problem", "import", "underscore", 1, 1),
    (method("") + "\nexport default Script;", "problem", "export", "", 6, 1),
    ("const x = await 1;\n" + method(""), "problem", "top-level await", "", 1, 11),
    (method("return import('x');"), "problem", "dynamic-import", "", 3, 10),
    # The request.
    (method("return request.query.x;"), "warning", "member", "request.query", 3, 18),
    (method("const { rawBody } = request;"), "warning", "member", "request.rawBody", 3, 11),
    (method("return request.url.host;"), "warning", "member", "request.url.host", 3, 22),
    (
        method("", "process_incoming_request({ request: { data } })"),
        *("warning", "member", "request.data", 2, 39),
    ),
    (
        method("", "process_incoming_request({ content })"),
        *("warning", "argument", "content", 2, 28),
    ),
    (
        method("return request.content;", "process_incoming_request(request)"),
        *("warning", "argument", "content", 3, 10),
    ),
    (
        method("return req.request.query;", "process_incoming_request(req)"),
        *("warning", "member", "request.query", 3, 22),
    ),
    (method("request.headers['X-Event'];"), "warning", "header-case", "X-Event", 3, 19),
    (method("const { headers: h } = request; h.Host;"), "warning", "header-case", "Host", 3, 37),
    (method("request.headers.get('x');"), "warning", "headers-get", "", 3, 19),
    # The outside.
    (method("const r = fetch('x'); r.json();"), "warning", "not-awaited", "json", 3, 27),
    (
        method("(await fetch('x')).data;", "async process_incoming_request()"),
        *("warning", "member", "the answer of fetch.data", 3, 22),
    ),
    (method("HTTP.get('x').then(1);"), "warning", "not-a-promise", "HTTP.get", 3, 17),
    (method("HTTP('GET', 'http://localhost:3000/x');"), "warning", "host", "localhost", 3, 15),
    (method("HTTP.get(`http://10.0.0.1/${request.user}`);"), "warning", "host", "10.0.0.1", 3, 12),
    (
        "const API = 'http://chat';\n" + method("fetch(API + '/x');"),
        "warning",
        "host",
        "chat",
        4,
        9,
    ),
    (method("HTTP.call('GET', 'https://[::1]');"), "warning", "host", "[::1]", 3, 20),
    (method("moment().tz('x');"), "problem", "moment", "tz", 3, 12),
    (method("moment().nextBusinessDay();"), "warning", "moment", "nextBusinessDay", 3, 12),
    (method("moment.locale('de');"), "warning", "locale", "de", 3, 17),
    (method("Store.set('x', new Map());"), "warning", "store-value", "", 3, 18),
    # What is returned.
    (method("return { text: 'x' };"), "warning", "returns-no-content", "text", 3, 10),
    (method("return {};"), "warning", "returns-no-content", "", 3, 10),
    (method("return 'x';"), "warning", "returns-text", "", 3, 10),
    (method("return { content: 'x' };"), "warning", "content-text", "", 3, 21),
    (method("return { content: { channel: 'x' } };"), "info", "chooses-room", "channel", 3, 23),
    (method("return { content: { n: 1n } };"), "info", "bigint", "", 3, 26),
    # What lasts.
    ("let n = 0;\n" + method("n += 1;"), "warning", "state", "n", 4, 3),
    ("const seen = new Set();\n" + method("seen.add(1);"), "warning", "state", "seen", 4, 3),
    ("const last = {};\n" + method("last.x = 1;"), "warning", "state", "last", 4, 3),
    (method("this.n = (this.n || 0) + 1;"), "warning", "state", "this.n", 3, 3),
    (method("this.n ??= 5;"), "warning", "state", "this.n", 3, 3),
    (
        method("if (!this.token) this.token = HTTP.get('x'); return null;"),
        "warning",
        "state",
        "this.token",
        3,
        8,
    ),
    (
        "let cache;\n" + method("if (!cache) cache = HTTP.get('x'); return null;"),
        "warning",
        "state",
        "cache",
        4,
        8,
    ),
    (
        "let last = null;\n"
        + method("if (last === request.content.id) return; last = request.content.id;"),
        "warning",
        "state",
        "last",
        4,
        7,
    ),
    (
        "let token;\n"
        + method("return get();")
        + "\nfunction get() { if (!token) token = 1; return token }",
        "warning",
        "state",
        "token",
        7,
        23,
    ),
    (
        "class Script {\nconstructor() { this.seen = [] }\nprocess_incoming_request() { this.seen.push(1) }\n}",
        "warning",
        "state",
        "this.seen",
        3,
        30,
    ),
    (
        "class Script {\nseen = {};\nprocess_incoming_request({ request }) { this.seen[request.user] = 1 }\n}",
        "warning",
        "state",
        "this.seen",
        3,
        41,
    ),
    (
        "class Script {\nn = 0;\nprocess_incoming_request() { this.n++ }\n}",
        "warning",
        "state",
        "this.n",
        3,
        30,
    ),
    (
        "class Script {\n"
        "prepare_outgoing_request({ request }) { request.headers.x = this.token; return request }\n"
        "process_outgoing_response({ response }) { this.token = response.headers.y }\n}",
        *("warning", "state", "this.token", 2, 61),
    ),
    (
        "let token;\nclass Script {\n"
        "prepare_outgoing_request({ request }) { return sign(request) }\n"
        "process_outgoing_response({ response }) { token = response.headers.y }\n}\n"
        "function sign(request) { return { ...request, token } }",
        *("warning", "state", "token", 6, 47),
    ),
    (
        "class Script {\n"
        "prepare_outgoing_request({ request }) { this.n = (this.n || 0) + 1; return request }\n"
        "process_outgoing_response() { return { content: { text: `${this.n}` } } }\n}",
        *("warning", "state", "this.n", 2, 41),
    ),
    # Sloppy mode.
    (method("for (i = 0; i < 2; i++);"), "info", "sloppy undeclared", "i", 3, 8),
    (method("let x = x || 1;"), "info", "sloppy early use", "x", 3, 3),
    # Assigned, but perhaps later.
    (method("if (request.user) a = 1; return a;"), "info", "early read", "a", 3, 35),
    (
        "class Script {\n"
        "prepare_outgoing_request() { return { url: token } }\n"
        "process_outgoing_response() { token = 1 }\n}",
        *("info", "early read", "token", 2, 44),
    ),
    (
        method("count = (typeof count === 'undefined' ? 0 : count) + 1;"),
        "info",
        "sloppy undeclared",
        "count",
        3,
        3,
    ),
    # An outgoing integration's answer.
    (
        method("response.content.items;", "process_outgoing_response({ response })"),
        *("warning", "response-text", "items", 3, 20),
    ),
    (
        method("response.data;", "process_outgoing_response({ response })"),
        *("warning", "member", "response.data", 3, 12),
    ),
]


@pytest.mark.parametrize(("source", "level", "kind", "name", "line", "column"), HABITS)
def test_how_a_script_uses_what_it_has_is_looked_at(
    check: Checker, source: str, level: str, kind: str, name: str, line: int, column: int
) -> None:
    """One note, at its place, and something to write instead."""
    checked = check(source)
    said = [one for one in worth_saying(checked) if one[1:3] != ("method", "Script")]
    if kind == "early read":
        said = [one for one in said if one[1] != "sloppy undeclared"]
    assert said == [(level, kind, name, line, column)]
    assert checked.runs is (level != "problem")
    note = next(one for one in checked.notes if one.kind == kind)
    assert note.instead or name == "nextBusinessDay"
    assert "{" not in note.message


@pytest.mark.parametrize(
    ("source", "level", "name", "instead"),
    [
        (method("", "process_incoming_requests({ request })"), "warning", "process_incoming_requests", "`process_incoming_request`"),
        (method("", "processIncomingRequest({ request })"), "warning", "processIncomingRequest", "`process_incoming_request`"),
        (method("", "prepare_outgoing_requests({ request })"), "warning", "prepare_outgoing_requests", "`prepare_outgoing_request`"),
        (method("", "static process_incoming_request()"), "problem", "process_incoming_request", "static"),
        (method("", "*process_incoming_request()"), "problem", "process_incoming_request", "without `*`"),
        (method("", "run()"), "problem", "Script", "process_incoming_request({ request })"),
    ],
)  # fmt: skip
def test_a_method_that_is_never_called_is_told(
    check: Checker, source: str, level: str, name: str, instead: str
) -> None:
    """A slip in its name, a word too much, or none of the three names at all."""
    checked = check(source)
    note = next(one for one in checked.notes if one.name == name)
    assert (note.level, note.kind, note.line) == (level, "method", 2 if name != "Script" else 1)
    assert instead in note.instead
    if "process_incoming_request" not in re.findall(r"(?<!static )(?<!\*)\b\w+\b", source):
        assert not checked.runs


@pytest.mark.parametrize(
    "source",
    [
        "var Script = class { process_incoming_request() {} };",
        "Script = class { process_incoming_request() {} };",
        "class A { process_incoming_request() {} } class Script extends A {}",
        "class Script { process_incoming_request = ({ request }) => null; }",
        "class Script { 'process_incoming_request'() {} }",
        "class Script {}\nScript.prototype.process_incoming_request = function () {};",
        "function Script() {}\nScript.prototype.process_incoming_request = function () {};",
        "class Script {}\nObject.assign(Script.prototype, { process_incoming_request() {} });",
        "const make = (Base) => class extends Base { process_incoming_request() {} };\n"
        "class Script extends make(Object) {}",
    ],
)
def test_a_method_may_come_in_any_way(check: Checker, source: str) -> None:
    """As a member, a field, by inheritance, or put there later."""
    assert check(source).notes == []


@pytest.mark.parametrize(
    ("source", "kind", "line", "column", "message", "instead"),
    [
        ("class Script {\n  method( {\n}", "syntax", 3, 2, "Unexpected end of input", ""),
        (method("await 1;"), "syntax", 3, 3, "await is only valid", "`async`"),
        ("class Scirpt {}", "class", 1, 1, "no class `Script`", "`Scirpt`"),
        ("const x = 1;", "class", None, None, "no class `Script`", "class Script {"),
        (" \n ", "class", None, None, "no script", ""),
        (method("") + "\nnull.x;", "load", 6, 6, "TypeError", ""),
        ("const fs = require('fs');\n" + method(""), "name", 1, 12, "`require`", "`_`"),
        ("const x = nowhere;\n" + method(""), "name", 1, 11, "`nowhere`", "declare"),
        ("for (;;);\n" + method(""), "load", None, None, "CPU time", ""),
    ],
)
def test_why_a_script_does_not_load_is_told_once(
    check: Checker,
    source: str,
    kind: str,
    line: int | None,
    column: int | None,
    message: str,
    instead: str,
) -> None:
    """In words of the script where there are some, else in V8's."""
    checked = check(source)
    (first,) = (note for note in checked.notes if note.level is Level.PROBLEM)
    assert not checked.runs
    assert (first.kind, first.line, first.column) == (kind, line, column)
    assert message in first.message
    assert instead in first.instead


def test_what_is_there_is_told_too(check: Checker) -> None:
    """One note for each global of the sandbox, and every use with its member, place and count."""
    body = (
        "console.log(s.trim(request.content.text)); return HTTP.get(_.escape('x')) || _.escape(1);"
    )
    checked = check(method(body))
    assert {note.name for note in checked.notes} == {"console", "s", "HTTP", "_"}
    assert {note.level for note in checked.notes} == {Level.OK}
    uses = {use.name: (use.origin, use.line, use.column, use.count) for use in checked.uses}
    assert uses == {
        "console.log": ("sandbox", 3, 3, 1),
        "s.trim": ("sandbox", 3, 15, 1),
        "HTTP.get": ("sandbox", 3, 53, 1),
        "_.escape": ("sandbox", 3, 62, 2),
    }
    plain = check(method("return JSON.parse(nowhere);"))
    assert [(use.name, use.origin) for use in plain.uses] == [
        ("JSON.parse", "javascript"),
        ("nowhere", "nowhere"),
    ]


def test_every_place_of_a_note_is_told(check: Checker) -> None:
    """The first as line and column, all of them as places, up to a bound."""
    checked = check(method("Buffer.from('x');\n  Buffer.from('y'); Buffer.alloc(1);"))
    (note,) = checked.notes
    assert note.places == [[3, 3], [4, 3], [4, 21]]
    many = check(method("Buffer;" * 1000))
    assert len(many.notes[0].places) == 20
    assert many.uses[0].count == 1000


def test_the_integration_a_script_is_for_is_known(check: Checker) -> None:
    """Its direction, its lifecycle, and whether the request may choose the room."""
    outgoing = method("", "prepare_outgoing_request({ request })")
    both = f"{outgoing[:-1]}process_incoming_request() {{}}\n}}"
    assert worth_saying(check(outgoing)) == [("info", "method", "Script", 1, 1)]
    assert worth_saying(check(both)) == [("info", "method", "Script", 1, 1)]
    assert check(both, type="webhook-incoming").notes == []
    assert check(outgoing, type="webhook-outgoing").notes == []
    assert not check(outgoing, type="webhook-incoming").runs
    incoming = check(method(""), type="webhook-outgoing")
    assert worth_saying(incoming) == [("warning", "method", "process_incoming_request", 1, 1)]
    counts = "let n = 0;\n" + method("n += 1; return { content: { channel: '#x' } };")
    assert [one[0] for one in worth_saying(check(counts))] == ["warning", "info"]
    assert worth_saying(check(counts, lifecycle="kept", may_choose_room=True)) == []


@pytest.mark.parametrize(
    "source",
    [
        "let text;\n" + method("text = ''; text += 'x';"),
        "const COLORS = { ok: 'green' };\n" + method("return COLORS[request.content.state];"),
        "let n = 0; n += 1;\n" + method("return n;"),
        method("const seen = new Set(); seen.add(1); let n = 0; n += 1;"),
        method("this.lines = []; this.n = 0; this.n += 1;"),
        "const list = [3, 1];\n" + method("list.map((x) => x); list.slice().sort();"),
        "let text = '';\n" + method("if (request.user) text = 'x'; return null;"),
        "let made = 0;\nclass Script {\nconstructor() { made += 1; this.made = made }\nprocess_incoming_request() { return null }\n}",
        "class Script {\nprocess_incoming_request({ request }) { this.request = request; return this.build() }\n"
        "build() { return { content: { text: this.request.user } } }\n}",
        "class Script {\nprocess_incoming_request({ request }) { this.take(request); return this.build() }\n"
        "take(request) { this.lines = []; this.lines.push(request.user) }\n"
        "build() { return { content: { text: this.lines.join() } } }\n}",
        "let lines;\n"
        + method("lines = []; add('x'); return null;")
        + "\nfunction add(line) { lines.push(line) }",
        "const make = () => ({ n: 0 });\n" + method("const state = make(); state.n += 1;"),
        "let text;\n" + method("[1].forEach((n) => { text = n; }); console.log(text);"),
    ],
)
def test_what_begins_anew_is_not_remembered(check: Checker, source: str) -> None:
    """Set in the same run, only read, or of the method alone."""
    assert worth_saying(check(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "class Script {\n"
        "prepare_outgoing_request({ request }) { this.text = request.data.text; return request }\n"
        "process_outgoing_response() { return { content: { text: this.text } } }\n}",
        "let text;\nclass Script {\n"
        "prepare_outgoing_request({ request }) { this.note(request); return request }\n"
        "process_outgoing_response() { return this.answer() }\n"
        "note(request) { text = request.data.text; this.at = [text]; }\n"
        "answer() { this.at.push(1); return { content: { text: text + this.at } } }\n}",
        "text = '';\nclass Script {\n"
        "prepare_outgoing_request({ request }) { text = request.data.text; return request }\n"
        "process_outgoing_response() { return { content: { text } } }\n}",
    ],
)
def test_what_prepare_leaves_to_process_is_not_told(check: Checker, source: str) -> None:
    """They are one call."""
    checked = check(source, type="webhook-outgoing", lifecycle="per-request")
    assert [one for one in worth_saying(checked) if one[1] != "sloppy undeclared"] == []


@pytest.mark.parametrize(
    ("source", "kind", "level", "said"),
    [
        (method("", "run()"), "webhook-incoming", "problem", "callers get a 200, and nothing is posted"),
        (method("", "run()"), "webhook-outgoing", "problem", "calls are made and answers posted as without a script"),
        (method("", "prepare_outgoing_request()"), "webhook-incoming", "problem", "callers get a 200, and nothing is posted"),
        (method(""), "webhook-outgoing", "warning", "calls are made and answers posted as without a script"),
        ("class Hook {}", "webhook-incoming", "problem", "callers get a 400, and nothing is posted"),
        ("class Hook {}", "webhook-outgoing", "problem", "as without a script, and logged as errors"),
    ],
)  # fmt: skip
def test_what_a_missing_method_means_is_told_for_the_direction(
    check: Checker, source: str, kind: str, level: str, said: str
) -> None:
    """Who calls is answered, or who is called is called, though not by the script."""
    checked = check(source, type=kind)
    (note,) = [one for one in checked.notes if said in one.message]
    assert (note.level, checked.runs) == (level, level != "problem")


@pytest.mark.parametrize(
    "url",
    ["'https://example.org'", "'https://8.8.8.8/' + 1", "`http://${host}/`", "'http://loc' + host"],
)
def test_a_host_of_the_internet_or_of_the_run_is_not_told(check: Checker, url: str) -> None:
    """Only what the text itself says."""
    assert worth_saying(check(method(f"const {{ host }} = request.content; fetch({url});"))) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_runs(check: Checker, path: Path) -> None:
    """Nothing to warn of in what we hand out."""
    checked = check(path.read_text(encoding="utf-8"))
    assert checked.runs
    assert [note for note in checked.notes if note.level is Level.WARNING] == []


def test_scripts_that_ran_behind_babel_are_said_to_run(check: Checker) -> None:
    """Whatever they do in sloppy mode; `run` is their name of the method. One is there to fail."""
    said = {
        path.stem: [note.message for note in checked.notes if note.level is Level.PROBLEM]
        for path in DIFFERENTIAL
        if not (
            checked := check(re.sub(r"\brun\b", "process_incoming_request", path.read_text()))
        ).runs
    }
    assert [*said] == ["undeclared_read_is_an_error"]
    assert said["undeclared_read_is_an_error"][0].startswith("`nowhere` is declared nowhere")


def test_what_counts_as_there_is_there(call: Callable[..., RunOutcome]) -> None:
    """The list of the sandbox's globals names nothing that a script does not find."""
    names = ", ".join(f"{name}: typeof {name}" for name in SANDBOX)
    found = call(f"return {{ {names} }};").result
    assert {name for name, kind in found.items() if kind == "undefined"} <= PROMISED


@pytest.mark.parametrize(
    "source",
    [
        f"class Script {{ process_incoming_request() {{}} }} {'[' * 3000}{']' * 3000}",
        f"class Script {{ process_incoming_request() {{}} }}\n(0){'.toString' * 4000};",
    ],
)
def test_what_cannot_be_looked_into_is_said_so(check: Checker, source: str) -> None:
    """Too deep to be read is no verdict; whether it loads is told as ever."""
    checked = check(source)
    assert checked.runs
    assert [note.kind for note in checked.notes] in (["unread"], [])


def test_a_long_script_is_checked_within_the_limits(check: Checker, pool: Pool) -> None:
    """As long as a script may be, and full of things to say; no process dies of it."""
    before = pool.pids()
    lines = "".join(
        f"  if (request.headers['X-{n}']) {{ v{n} = window{n}; }}\n" for n in range(4500)
    )
    checked = check(method(lines))
    assert {note.kind for note in checked.notes} >= {"name", "header-case"}
    assert pool.pids() == before


def test_a_script_is_only_read_by_the_check(check: Checker) -> None:
    """What it does to the globals of its own sandbox changes nothing in the check's."""
    hostile = (
        "Object.prototype.name = 1; Array.prototype.push = null; JSON.stringify = () => '{}';"
        "Object.defineProperty(globalThis, 'Script', { get() { throw 1 } });\n"
    )
    checked = check(hostile + method("Buffer;"))
    assert [note.name for note in checked.notes if note.kind == "name"] == ["Buffer"]
