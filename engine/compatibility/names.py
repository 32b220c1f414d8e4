"""What is said of the names that a script takes from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.compatibility.notes import Level, Note, Text

#: What a sandbox has beside JavaScript itself.
SANDBOX = {
    "console": "what it is told is kept with the execution",
    "_": "underscore, as in Rocket.Chat",
    "s": "underscore.string, as in Rocket.Chat",
    "moment": "moment, with English texts, as in Rocket.Chat up to 6",
    "Store": "as in Rocket.Chat, but what it holds is kept on disk, as JSON",
    "HTTP": "waits for the answer, as in Rocket.Chat up to 6",
    "fetch": "has to be awaited, as in Rocket.Chat since 7",
    "setTimeout": "calls back as long as the run lasts",
    "clearTimeout": "ends what `setTimeout` began",
    "URL": "as in browsers",
    "URLSearchParams": "as in browsers",
    "atob": "as in browsers",
    "btoa": "as in browsers",
    "TextEncoder": "as in browsers",
    "TextDecoder": "as in browsers",
    "global": "the global object",
    "secrets": "the integration's secrets; Rocket.Chat has none",
}

_BROWSER = "`{name}` belongs to browsers; a script has no page"
_NODE = "`{name}` belongs to Node; Rocket.Chat scripts do not have it either"
_SERVER = "`{name}` is a part of Rocket.Chat's server, which is not here"
_NOWHERE = "`{name}` does not exist in Rocket.Chat scripts either"
_REMOVED = "`{name}` is not here: code that it runs could not be held to its limits"
_CALLS = "`HTTP(method, url, options)`, which waits, or `await fetch(url)`"
_REST = "call Rocket.Chat's REST API with `fetch`, or return a message"
_GLOBALS = "delete it; underscore is the global `_`, underscore.string `s`, moment `moment`"
_CLASS = "delete the line; the class `Script` is found by its name"
_BYTES = "`btoa(text)` and `atob(base64)`, `new TextEncoder().encode(text)`"
_NO_HASHES = "for an id `Math.random().toString(36).slice(2)`; there are no hashes"
_ZONES = "`date.toLocaleString('en', {{ timeZone: 'Europe/Berlin' }})`, or `moment(…).utcOffset(2)`"
_AWAIT = "`await` in an `async` method"
_MODELS = (
    "Messages Rooms Users Subscriptions Settings Permissions Roles Uploads Avatars Integrations "
    "IntegrationHistory Statistics Sessions Reports EmojiCustom CustomSounds Invites Team TeamMember "
    "LivechatRooms LivechatVisitors LivechatDepartment LivechatInquiry LivechatTrigger OAuthApps"
)
_NAMES: tuple[tuple[str, str, str], ...] = (
    ("require", _NOWHERE, _GLOBALS),
    ("module exports define", _NOWHERE, _CLASS),
    ("process", _NODE, "put what it is to know into the integration's secrets: `secrets.NAME`"),
    ("Buffer", _NODE, _BYTES),
    ("__dirname __filename", _NODE, "delete it; there are no files"),
    ("setImmediate clearImmediate", _NODE, "`setTimeout(fn, 0)`"),
    (
        "setInterval clearInterval",
        _NOWHERE,
        "`setTimeout` from within its own function; nothing goes on after the answer",
    ),
    ("queueMicrotask", _NOWHERE, "`Promise.resolve().then(fn)`"),
    ("structuredClone", _NOWHERE, "`JSON.parse(JSON.stringify(value))`"),
    ("XMLHttpRequest axios jQuery $ got superagent", _NOWHERE, _CALLS),
    ("localStorage sessionStorage", _BROWSER, "`Store.set(key, value)` and `Store.get(key)`"),
    ("alert confirm prompt", _BROWSER, "`console.log(text)`"),
    ("window self parent top", _BROWSER, "`global`, or the name alone"),
    ("document navigator location", _BROWSER, "what the caller sent is in `request`"),
    ("requestAnimationFrame", _BROWSER, "`setTimeout(fn, 0)`"),
    ("Worker WebSocket EventSource importScripts", _BROWSER, _CALLS),
    ("crypto CryptoJS", _NOWHERE, _NO_HASHES),
    ("performance", _NOWHERE, "`Date.now()`"),
    ("Headers Request Response", _NOWHERE, "give `fetch` plain objects: `{{ headers: {{ … }} }}`"),
    ("FormData Blob File", _NOWHERE, "`new URLSearchParams({{ … }})` as the body of a form"),
    ("AbortController AbortSignal", _NOWHERE, "the option `timeout`, in milliseconds"),
    ("lodash", _NOWHERE, "`_`, which is underscore"),
    ("dayjs luxon DateTime", _NOWHERE, "`moment`, or `Date`"),
    ("UrlFetchApp", "`{name}` belongs to Google Apps Script", _CALLS),
    ("Logger", "`{name}` belongs to Google Apps Script", "`console.log(text)`"),
    ("Deno Bun", "`{name}` is another runtime's", _GLOBALS),
    ("Meteor Npm Package Mongo Accounts Random RocketChat Livechat", _SERVER, _REST),
    (_MODELS, _SERVER, _REST),
    ("ivm reproxy", _SERVER, "delete it"),
    ("scriptTimeout", _SERVER, "delete it; the integration's limits end a run"),
    ("SharedArrayBuffer", _REMOVED, "`ArrayBuffer`"),
    ("Atomics", _REMOVED, "plain assignments; a script runs alone"),
    ("WebAssembly", _REMOVED, "JavaScript"),
    ("FinalizationRegistry", _REMOVED, "`WeakRef`, or nothing; a run ends with its answer"),
    (
        "Promise.await Promise.awaitAll Promise.async Promise.asyncApply",
        "`{name}` came with Rocket.Chat's server, up to version 6",
        _AWAIT,
    ),
    ("moment.tz", "`{name}` belongs to moment-timezone, which is not here", _ZONES),
)
_MISSING = {
    name: Text(message, instead, Level.PROBLEM)
    for names, message, instead in _NAMES
    for name in names.split()
}

#: Members that people expect of what is there.
_INSTEAD = {
    "HTTP.delete": "`HTTP.del`",
    "HTTP.request": "`HTTP(method, url, options)`",
    "HTTP.fetch": "`fetch(url)`",
    "Store.delete": "`Store.set(key, undefined)`",
    "Store.remove": "`Store.set(key, undefined)`",
    "Store.put": "`Store.set(key, value)`",
    "_.cloneDeep": "`JSON.parse(JSON.stringify(value))`",
    "_.flatMap": "`list.flatMap(fn)`",
    "_.orderBy": "`_.sortBy(list, key)`",
    "_.keyBy": "`_.indexBy(list, key)`",
    "_.merge": "`_.extend(object, other)`",
    "_.uniqBy": "`_.uniq(list, false, key)`",
    "_.sumBy": "`_.reduce(list, (sum, one) => sum + one[key], 0)`",
    "_.isNil": "`value == null`",
    "_.join": "`list.join(', ')`",
    "_.capitalize": "`s.capitalize(text)`",
    "_.upperFirst": "`s.capitalize(text)`",
    "_.startCase": "`s.titleize(s.humanize(text))`",
    "_.camelCase": "`s.camelize(text)`",
    "_.kebabCase": "`s.dasherize(text)`",
    "_.snakeCase": "`s.underscored(text)`",
    "_.truncate": "`s.truncate(text, length)`",
    "_.trim": "`text.trim()`",
    "_.replace": "`text.replace(pattern, other)`",
    "_.split": "`text.split(separator)`",
    "_.toLower": "`text.toLowerCase()`",
    "_.toUpper": "`text.toUpperCase()`",
    "_.startsWith": "`text.startsWith(other)`",
    "_.padStart": "`text.padStart(length)`",
}
_UNKNOWN = Text(
    "`{name}` is declared nowhere: who gets here fails with a ReferenceError, in Rocket.Chat as well",
    "declare it, or mend its spelling",
)
_UNSET = Text(
    "`{name}` is changed, but neither declared nor given a first value: who gets here fails with a "
    "ReferenceError, in Rocket.Chat as well",
    "`let {name} = …`, where it begins",
)
_NO_MEMBER = Text("`{root}` has no `{member}`: who calls it fails with a TypeError", "{other}")
_LOOKED_FOR = Text("`{name}` is not there; the script looks for it first", level=Level.OK)


def note_of(use: Mapping[str, Any]) -> Note | None:
    """Return what is said of one use, as the analysis found it; None when there is nothing to say."""
    root, member = use["name"], use.get("member")
    dotted = root if member is None else f"{root}.{member}"
    # What is listed counts as there, even before it is.
    if use["there"] or (root in SANDBOX and not use["known"]):
        return _present(root, use)
    if use["known"] and not use["called"] and dotted not in _MISSING:
        return None  # undefined; whoever reads it may expect that
    name = dotted if use["known"] else root
    facts = {"name": name, "root": root, "member": member, "places": use["places"]}
    facts["other"] = _INSTEAD.get(dotted, "")
    unknown = _UNSET if use["changed"] else _UNKNOWN
    if use["state"] == "guarded":
        return _LOOKED_FOR.note("name", name, facts)
    if use["known"]:
        text = _MISSING.get(dotted, _NO_MEMBER)
    else:
        text = _MISSING.get(dotted) or _MISSING.get(root, unknown)
    if text is unknown and use["unsure"]:
        return None
    if text is unknown and use["always"]:
        text = replace(text, level=Level.PROBLEM)
    if use["state"] == "caught":
        text = Text(f"{text.message}; the script catches that", text.instead)
    return text.note("name", name, facts)


def _present(root: str, use: Mapping[str, Any]) -> Note | None:
    if root not in SANDBOX:
        return None
    return Note(Level.OK, "name", root, f"`{root}`: {SANDBOX[root]}", "", use["places"])


def origin(use: Mapping[str, Any]) -> str:
    """Return where a name comes from: "sandbox", "javascript", or "nowhere"."""
    if use["name"] in SANDBOX:
        return "sandbox"
    return "javascript" if use["there"] else "nowhere"
