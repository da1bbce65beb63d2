"""Every kind of source by its key. A kind is one file here and one line below."""

from __future__ import annotations

from lohko.sources import folder
from lohko.sources.kind import Kind

KINDS: dict[str, Kind] = {item.key: item for item in (folder.KIND,)}
