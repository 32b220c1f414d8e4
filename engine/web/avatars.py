"""/avatar/…: a user's picture, drawn of the name, as Rocket.Chat draws it for whoever has none."""

from __future__ import annotations

import zlib
from xml.sax.saxutils import escape

from flask import Blueprint, Response

blueprint = Blueprint("avatars", __name__)

#: Each of them lets white letters be read.
_COLORS = ("#3553d6", "#0f766e", "#9333ea", "#b45309", "#be185d", "#4d7c0f", "#0369a1", "#b91c1c")
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">
<rect width="200" height="200" fill="{color}"/>
<text x="100" y="100" dy="0.36em" text-anchor="middle" font-family="sans-serif" font-size="110" \
fill="#ffffff">{letter}</text>
</svg>
"""


@blueprint.get("/avatar/<username>")
def avatar(username: str) -> Response:
    """
    Return a picture with the first letter of a name.

    It is the same whether there is such a user or not, so that nobody learns names here.
    """
    name = username.removesuffix(".svg")
    letter = next((one for one in name if one.isalnum()), "?").upper()[:1]
    color = _COLORS[zlib.crc32(name.lower().encode("utf-8", "replace")) % len(_COLORS)]
    response = Response(_SVG.format(color=color, letter=escape(letter)), mimetype="image/svg+xml")
    # Opened by itself it would be a document of this origin.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
