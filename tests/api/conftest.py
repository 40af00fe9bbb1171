"""A memory on disk, and one that ends with the process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ramet import Memory


@pytest.fixture(params=["sqlite", "in memory"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    """An empty memory on each store."""
    path = tmp_path / "data" if request.param == "sqlite" else ":memory:"
    with Memory(path, embedder="static") as opened:
        yield opened
