"""Ramet: memory for AI agents that works on nothing, loses nothing, and forks."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ramet.embedded import Memory
    from ramet.embedded_async import AsyncMemory
    from ramet.kernel.errors import RametError

__version__ = "0.1.0"
__all__ = ["AsyncMemory", "Memory", "RametError", "__version__"]

_HOMES = {"AsyncMemory": "ramet.embedded_async", "Memory": "ramet.embedded", "RametError": "ramet.kernel.errors"}


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that importing the package stays cheap."""
    if name not in _HOMES:
        message = f"module 'ramet' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
