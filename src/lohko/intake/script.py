"""The script that a shop puts on its pages, as it is served: readable in `web/visitor/lohko.js`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

PATH = "/lohko.js"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def script() -> str:
    """The script without its comments and indents, which nobody has to load.

    No text in it goes over several lines or holds a comment's signs, so cutting these changes nothing.
    """
    text = (files("lohko.web") / "visitor" / "lohko.js").read_text(encoding="utf-8")
    return "\n".join(line.strip() for line in _COMMENT.sub("", text).splitlines() if line.strip()) + "\n"
