"""One cluster for all tests of the distributed engine: started when the first of them needs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spark import cluster as clusters


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clusters.Cluster]:
    why = clusters.missing()
    if why:
        pytest.skip(why)
    with clusters.running(Path(tmp_path_factory.mktemp("cluster"))) as running:
        yield running
