"""How pictures look: by light and by dark, on paper, and so that nothing hangs on colour.

What is worse stands higher, and what has no data is a dotted line: a print in grey says the same.
"""

from __future__ import annotations

from staygreen.core.pictures.markup import Markup

_LIGHT = (
    "--ink:#1b2430;--soft:#4d5a69;--line:#c9d0d8;--page:#fff;--panel:#f5f7f9;--good:#2f8f4e;--middle:#d29600;--bad:#b3261e;"
    "--quiet:#8793a1;--none:#8793a1;--mark:#4b3fb5;--s0:#123f63;--s1:#b3261e;--s2:#d29600;--s3:#5f9ed1;--s4:#9a8fd8;"
    "--s5:#b9c2cc"
)
_DARK = (
    "--ink:#e8ecf1;--soft:#aab5c2;--line:#3a4552;--page:#12171d;--panel:#1a2129;--good:#5ec27e;--middle:#e9b83b;"
    "--bad:#ff7b70;--quiet:#7d8a99;--none:#7d8a99;--mark:#b1a8ff;--s0:#8fc3ec;--s1:#ff7b70;--s2:#e9b83b;--s3:#4d86b8;"
    "--s4:#b1a8ff;--s5:#66717e"
)

_FACE = (
    "margin:0;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,'DejaVu Sans',sans-serif;"
    "overflow-wrap:anywhere"
)
_RULES = (
    "*{box-sizing:border-box}"
    "main{max-width:1200px;margin:0 auto;padding:24px 20px 48px}"
    "h1{font-size:26px;line-height:1.2;margin:0 0 4px}h2{font-size:19px;margin:0 0 4px}"
    "h3{font-size:14px;margin:14px 0 0}"
    "p{margin:0 0 8px;max-width:76ch}.soft,caption,.key,.gap{color:var(--soft)}.lead{font-size:17px}"
    ".warn{border-left:4px solid var(--middle);padding:6px 0 6px 12px}"
    "section{margin:36px 0 0;border-top:1px solid var(--line);padding-top:14px}"
    ".picture{margin:10px 0 6px}svg{display:block;overflow:hidden}"
    ".row{display:grid;grid-template-columns:minmax(0,13em) minmax(0,1fr);gap:0 12px;align-items:center;margin:0 0 7px}"
    ".row .name{font-size:13px;line-height:1.25}.row .name small{display:block;color:var(--soft);font-size:12px}"
    ".grid{background:var(--panel);border-radius:3px}"
    ".grid path{fill:none;stroke-dasharray:.86 .14}"
    ".grid .g{stroke:var(--good);stroke-width:1.2}.grid .m{stroke:var(--middle);stroke-width:2.4}"
    ".grid .b{stroke:var(--bad);stroke-width:3.6}.grid .q{stroke:var(--quiet);stroke-width:.5}"
    ".grid .n{stroke:var(--none);stroke-width:.4;stroke-dasharray:.2 .3}"
    ".axis text,.ticks text{fill:var(--soft);font:11px system-ui,'DejaVu Sans',sans-serif}"
    ".axis line,.ticks line{stroke:var(--line)}"
    ".bars{background:var(--panel);border-radius:3px}.bars .n{stroke:var(--none);stroke-width:2;fill:none;"
    "stroke-dasharray:.2 .3}"
    ".bars .limit{stroke:var(--ink);stroke-dasharray:5 4;fill:none;vector-effect:non-scaling-stroke}"
    ".s0{fill:var(--s0)}.s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}.s4{fill:var(--s4)}.s5{fill:var(--s5)}"
    ".lane{background:var(--panel);border-radius:3px}.lane .b{fill:var(--bad)}.lane .m{fill:var(--middle)}"
    ".lane .q{fill:var(--quiet)}.lane .g{fill:var(--good)}"
    ".lane .mark,.ticks .mark{stroke:var(--mark);stroke-width:1.5;vector-effect:non-scaling-stroke}"
    ".ticks .number{fill:var(--mark);font-weight:700}"
    ".spark{width:100%;max-width:16em;min-width:4em}.spark path{fill:none;stroke:var(--s0);stroke-width:.8}"
    ".rank rect{fill:var(--s0)}td.bar{width:40%}"
    ".key{font-size:13px;margin:2px 0 6px;display:flex;flex-wrap:wrap;gap:2px 16px;padding:0;list-style:none}"
    ".key li{display:flex;align-items:center;gap:6px}.key svg{flex:none}"
    ".gap{font-size:13px;margin:0 0 3px;max-width:none}"
    "table{border-collapse:collapse;width:100%;margin:12px 0 0;font-size:13px}"
    "caption{text-align:left;padding:0 0 4px;font-size:13px}"
    "th,td{text-align:left;vertical-align:top;padding:4px 10px 4px 0;border-top:1px solid var(--line)}"
    "thead th{border-top:0;color:var(--soft);font-weight:600;overflow-wrap:normal}"
    "tbody th{font-weight:400;min-width:6em}th,td{overflow-wrap:normal}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}"
    "blockquote{margin:4px 0 8px;padding:2px 0 2px 10px;border-left:3px solid var(--line);font:13px/1.4 ui-monospace,"
    "'DejaVu Sans Mono',monospace}"
    "@media (max-width:700px){main{padding:16px 12px 32px}h1{font-size:22px}.row{grid-template-columns:minmax(0,1fr)}"
    ".row .name small{display:inline;margin-left:6px}td.bar{width:20%}table{font-size:12px}"
    "th,td{padding-right:6px;overflow-wrap:anywhere}thead th{overflow-wrap:normal}}"
)
STYLE = Markup(
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    f"@media print{{:root{{color-scheme:light;{_LIGHT}}}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "section,.row,tr{break-inside:avoid}section.long{break-inside:auto}h2,caption{break-after:avoid}}"
    f"@page{{margin:14mm}}.sg,body{{{_FACE}}}{_RULES}"
)
"""Of a page."""


def within(theme: str) -> Markup:
    """The same for one element of the class ``sg`` among others' markup, which it leaves as it is.

    Args:
        theme: ``dark``, or anything else for light: a console has a theme of its own.
    """
    return Markup(f".sg{{{_DARK if theme == 'dark' else _LIGHT};{_FACE};{_RULES}}}")
