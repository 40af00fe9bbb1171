"""From a name to the adapter that bears it, and to the extra that must be installed for it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from ramet.kernel.errors import ConfigurationError, DependencyError

Table = Mapping[str, tuple[str, str, str | None]]

EMBEDDERS: Final[Table] = {
    "default": ("ramet.adapters.embedders.minilm", "MiniLMEmbedder", None),
    "static": ("ramet.adapters.embedders.static", "StaticEmbedder", None),
}
LANGUAGE_MODELS: Final[Table] = {
    "openai": ("ramet.adapters.models.openai", "OpenAIModel", "openai"),
}


def load(kind: str, table: Table, name: object) -> Any:  # noqa: ANN401 - a class
    """Return the class that a name stands for.

    Raises:
        ConfigurationError: no adapter of this kind has the name.
        DependencyError: its package isn't installed.
    """
    if not isinstance(name, str) or name not in table:
        known = ", ".join(map(repr, table))
        raise ConfigurationError(f"There is no {kind} named {name!r}.", remedy=f"Known are {known}; or pass an object.")
    module, attribute, extra = table[name]
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if extra is None or (error.name or "").startswith("ramet"):
            raise
        raise DependencyError(
            f"The {kind} {name!r} needs the package {error.name!r}.", remedy=f"Run: pip install 'ramet[{extra}]'."
        ) from error
