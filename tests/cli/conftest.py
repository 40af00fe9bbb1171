"""Driving the command line in this process: arguments and stdin in, exit code and both streams out."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ramet.cli.main import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


Ramet = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A data directory of its own, the light embedder, no colours."""
    monkeypatch.setenv("RAMET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RAMET_EMBEDDER", "static")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("RAMET_PROJECT", raising=False)
    return tmp_path / "home"


@pytest.fixture
def ramet(capfd, monkeypatch) -> Ramet:
    def run(*arguments: object, stdin: str | bytes = "") -> Outcome:
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capfd.readouterr())

    return run


@pytest.fixture
def added(ramet) -> Callable[..., str]:
    """Add a text as it is and return the memory's id."""

    def add(text: str, *options: object) -> str:
        owner = options if "-u" in options else ("-u", "ann", *options)
        done = ramet("memory", "add", text, "--no-infer", "--json", *owner)
        assert done.code == 0, done.err
        return done.json["results"][0]["id"]

    return add
