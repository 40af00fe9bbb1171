"""Both stores keep the contract that is shipped for third parties."""

import pytest

from ramet.adapters.inmemory.store import InMemoryStore
from ramet.adapters.sqlite.store import SqliteStore
from ramet.testing.stores import StoreContract


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path):
        return lambda clock: SqliteStore(tmp_path, clock=clock)


class TestInMemoryStore(StoreContract):
    @pytest.fixture
    def make_store(self):
        return lambda clock: InMemoryStore(clock=clock)
