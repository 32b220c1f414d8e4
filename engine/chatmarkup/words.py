"""Lists of words: what may name a language, what ends a host's name, what is no emoticon."""

from __future__ import annotations

#: What may stand beside the backticks that open a block of code; anything else is code already.
LANGUAGES = frozenset(
    """
    ada apache apacheconf applescript asm assembly awk bash bat batch basic c c# c++ cc cfg clj clojure
    cmake cmd cobol coffee coffeescript conf console cpp crystal cs csharp css csv curl cxx d dart
    diff docker dockerfile dos dotenv elixir elm env erb erlang erl ex f# fish fortran fsharp gherkin
    git go golang gql gradle graphql groovy h haml handlebars haskell hbs hcl hpp hs htm html http
    ini java javascript jinja jinja2 js json json5 jsonc jsonl jsp jsx julia kotlin kt ksh latex less
    lisp log lua make makefile markdown markup mathematica matlab md mermaid mk mysql nasm nginx nim
    nix none objc objective-c objectivec ocaml patch perl pgsql php pl plain plaintext plantuml
    postgres postgresql powershell prolog prometheus promql properties proto protobuf ps ps1 psql
    pug puppet purescript py py3 pycon python python3 q r rb regex rs rst ruby rust sass scala scheme
    scss sh shell shell-session sml solidity sql sqlite sqlpl squirrel svelte svg swift systemd tcl
    terraform tex text tf toml ts tsv tsx twig txt typescript vb vbnet verilog vhdl vim vue wasm
    xhtml xml xsl yaml yml zig zsh
    """.split()  # noqa: SIM905
)

#: Domains of countries.
_COUNTRIES = """
    ad ae af ag ai al am ao ar at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz
    ca cd cf cg ch ci cl cm cn co cr cu cv cw cy cz de dj dk dm do dz ec ee eg es et eu fi fj fm fo
    fr ga gd ge gf gg gh gi gl gm gn gp gr gt gy hk hn hr ht hu id ie il im in io iq ir is it je jm
    jo jp ke kg kh ki kn kr kw ky kz lb lc li lk lr ls lt lu lv ly ma mc me mg mn mo mr ms mt mu mv
    mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pe pf pg ph pk pn pr pt pw py qa re ro ru rw
    sa sb sd se sg sh si sk sl sm sn so sr su sv sx sy sz tc td tg th tj tk tl tm tn to tr tt tv tw
    tz ua ug uk us uy uz va vc ve vg vi vn vu ws ye za zm zw
    md rs pl ml cc st tf ps pm mk la sc ac as gs hm
"""
_GENERIC = """
    com org net edu gov mil int info biz name pro aero coop museum mobi jobs travel tel asia cat
    app dev cloud online site store shop tech blog page link live chat news media agency systems
    solutions services software digital network group team tools social software studio design
    email zone world today space website works xyz club top host berlin hamburg koeln wien swiss
    london paris nyc tokyo africa foundation company
"""
TOP_LEVEL = frozenset((_COUNTRIES + _GENERIC).split())
#: Also endings of files: addresses only where a path follows.
OF_FILES = frozenset("md py rs sh pl ps so ml cc mk pm tf st la ac am app zip mov".split())  # noqa: SIM905
#: Also words: after one name only (`node.id`), no address.
OF_WORDS = frozenset("id is in as at by do my no to it so me be name info page link".split())  # noqa: SIM905

#: What points of lists and labels look like: no emoticons, though Rocket.Chat has them.
NO_EMOTICONS = frozenset(["8)", "B)", "X)", "%)", "O:3", ":b", ":L", "=L", "=X", "=#"])
