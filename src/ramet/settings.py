"""The only reader of the environment."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ramet.kernel.errors import ConfigurationError

_NUMERIC_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        home: the data directory (``RAMET_HOME``; by default the user's data directory of this system).
        embedder: ``default`` or ``static`` (``RAMET_EMBEDDER``).
        project: the project (``RAMET_PROJECT``).
        busy_timeout_s: how long to wait for another process's write (``RAMET_BUSY_TIMEOUT_S``).
    """

    home: Path
    embedder: str = "default"
    project: str = "default"
    busy_timeout_s: float = 30.0


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: a value can't be read.
    """
    env = os.environ if environment is None else environment
    home = env.get("RAMET_HOME")
    return Settings(
        home=Path(home).expanduser() if home else Path(platformdirs.user_data_dir("ramet")),
        embedder=env.get("RAMET_EMBEDDER", "default"),
        project=env.get("RAMET_PROJECT", "default"),
        busy_timeout_s=_seconds(env, "RAMET_BUSY_TIMEOUT_S", 30.0),
    )


def provider_key(variable: str) -> str | None:
    """Return the API key that a provider's customary variable holds."""
    return os.environ.get(variable)


def use_one_numeric_thread() -> None:
    """Keep numpy to one thread in this process, unless the user has said otherwise or numpy is loaded.

    For our own processes only: several of them share the cores, and a library's caller may want its threads.
    """
    if "numpy" not in sys.modules:
        for variable in _NUMERIC_THREADS:
            os.environ.setdefault(variable, "1")


def silence_onnxruntime() -> None:
    """Keep onnxruntime from making a device id and sending events to its makers, which its wheels do from import on.

    Works only before the process imports it for the first time; a user's own setting stands.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def keep_mem0_quiet(home: Path) -> None:
    """Have mem0, when it is measured beside us, keep its files in ``home`` and send no telemetry."""
    os.environ["MEM0_TELEMETRY"] = "False"
    os.environ["MEM0_DIR"] = str(home)


def _seconds(env: Mapping[str, str], variable: str, default: float) -> float:
    text = env.get(variable)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise _bad_seconds(variable, text) from error
    if not 0 <= value < math.inf:
        raise _bad_seconds(variable, text)
    return value


def _bad_seconds(variable: str, text: str) -> ConfigurationError:
    return ConfigurationError(f"{variable} is {text!r}.", remedy="It takes a number of seconds, 0 or more.")
