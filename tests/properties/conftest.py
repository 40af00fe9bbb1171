import pytest

from tests.properties.world import Stores


@pytest.fixture(scope="session")
def open_store(tmp_path_factory):
    """Opens a service by the kind of its store; every call gives an empty project."""
    stores = Stores(tmp_path_factory.mktemp("properties"))
    yield stores.open
    stores.close()
