"""The subjects, the stubbed provider, and a guard: nothing in this folder may leave loopback."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

# mem0 reads these when it is imported: no telemetry, no directory in the user's home, no provider but the stub.
os.environ["MEM0_TELEMETRY"] = "False"
os.environ["MEM0_DIR"] = tempfile.mkdtemp(prefix="mem0-home-")
os.environ["SSL_CERT_DIR"] = os.environ["MEM0_DIR"]  # trusts nobody: each client would spend 40 ms on loading all roots
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
os.environ.pop("OPENROUTER_API_KEY", None)
os.environ.pop("OPENAI_BASE_URL", None)
os.environ.pop("OPENAI_API_BASE", None)

import pytest

from tests.conformance.openai_stub import Model, OpenAIStub
from tests.conformance.subjects import SUBJECTS

atexit.register(shutil.rmtree, os.environ["MEM0_DIR"], ignore_errors=True)

RAM_DISK = Path("/dev/shm")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class LoopbackGuard:
    """Refuses and notes every look-up of, and connection to, another host while a test of this folder runs."""

    def __init__(self) -> None:
        self.watching = False
        self.strays: list[str] = []

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if self.watching and (host := _host(event, args)) is not None and host not in LOOPBACK:
            self.strays.append(host)
            raise ConnectionRefusedError(f"{host} is not loopback")


def _host(event: str, args: tuple[object, ...]) -> str | None:
    if event == "socket.getaddrinfo":
        return str(args[0])
    if event == "socket.connect" and isinstance(args[1], tuple):
        return str(args[1][0])
    return None


@pytest.fixture(scope="session")
def guard():
    guard = LoopbackGuard()
    sys.addaudithook(guard)
    return guard


@pytest.fixture(autouse=True)
def _nothing_leaves_loopback(guard):
    guard.watching, guard.strays = True, []
    yield
    guard.watching = False
    assert not guard.strays


@pytest.fixture(scope="session")
def stub():
    stub = OpenAIStub()
    yield stub
    stub.close()


@pytest.fixture
def model(stub):
    """What the stubbed provider answers and was asked, afresh for each test."""
    stub.model = Model()
    return stub.model


@pytest.fixture
def home(tmp_path):
    """An empty directory; in memory where there is a RAM disk, as mem0 waits for the disk several times per row."""
    if not os.access(RAM_DISK, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="conformance-", dir=RAM_DISK) as home:
        yield Path(home)


@pytest.fixture(params=list(SUBJECTS))
def subject(request, home, stub, model):
    """Each library in turn, on an empty directory."""
    with SUBJECTS[request.param](home, stub.base_url) as subject:
        yield subject


@pytest.fixture
def memory(subject):
    return subject.memory()
