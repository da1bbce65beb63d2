"""Where the public data lies, which is never part of the project."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("LOHKO_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
