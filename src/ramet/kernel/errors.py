"""The error tree: everything a user can cause or meet, each with a code, a remedy and whether a retry can help.

RametError
├── ValidationError      the call is wrong; nothing was written               (also a ValueError)
│   └── ConfigurationError   settings or constructor arguments are wrong
├── NotFoundError        no such memory, branch or operation in this scope    (also a LookupError)
├── ConflictError        the state forbids it, e.g. undo of what was changed since
├── LimitError           a documented limit would be passed
├── DependencyError      an optional package is missing; the remedy is the install command
├── ProviderError        an embedder or model failed
│   └── LLMError             a language model failed or answered nonsense
└── StoreError           the data directory can't be used
    ├── BusyError            another process holds the write lock for too long   (retryable)
    ├── ModelMismatchError   stored vectors came from another embedding model
    └── CorruptionError      the store contradicts itself
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

_MAX_MESSAGE_CHARS: Final = 1_000  # a message may quote what was passed, of any size


class RametError(Exception):
    """Base of all errors that Ramet raises on purpose.

    Attributes:
        code: stable identifier for programs, e.g. ``VALIDATION_001``.
        message: what was wrong, in one sentence.
        remedy: what to do about it.
        retryable: whether the same call may succeed later.
        details: further structured facts; never user content.
    """

    default_code: ClassVar[str] = "INTERNAL_000"
    default_remedy: ClassVar[str] = ""
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        remedy: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.message = message if len(message) <= _MAX_MESSAGE_CHARS else message[:_MAX_MESSAGE_CHARS] + "…"
        self.code = code or self.default_code
        self.remedy = remedy if remedy is not None else self.default_remedy
        self.details = dict(details or {})
        super().__init__(f"{self.message} {self.remedy}".strip())

    @property
    def error_code(self) -> str:
        """The code, under the name that mem0's exceptions use."""
        return self.code

    @property
    def suggestion(self) -> str:
        """The remedy, under the name that mem0's exceptions use."""
        return self.remedy


class ValidationError(RametError, ValueError):
    """The call itself is wrong. Nothing was written."""

    default_code = "VALIDATION_000"


class ConfigurationError(ValidationError):
    """A setting or a constructor argument is unknown, missing or contradictory."""

    default_code = "CONFIG_001"


class NotFoundError(RametError, LookupError):
    """The named thing does not exist in this scope."""

    default_code = "NOT_FOUND_001"


class ConflictError(RametError):
    """The current state forbids the operation."""

    default_code = "CONFLICT_001"


class LimitError(RametError):
    """A documented limit would be passed."""

    default_code = "LIMIT_001"


class DependencyError(RametError, ImportError):
    """An optional package is needed and missing."""

    default_code = "DEPENDENCY_001"


class ProviderError(RametError):
    """An embedder, model or other provider failed."""

    default_code = "PROVIDER_001"
    retryable = True


class LLMError(ProviderError):
    """A language model failed, or its reply could not be used."""

    default_code = "LLM_001"


class StoreError(RametError):
    """The data directory can't be read or written."""

    default_code = "STORE_001"


class BusyError(StoreError):
    """Another process held the write lock longer than the busy time-out."""

    default_code = "STORE_002"
    default_remedy = "Try again, or raise busy_timeout_s."
    retryable = True


class ModelMismatchError(StoreError):
    """The stored vectors were made by another embedding model."""

    default_code = "STORE_003"


class CorruptionError(StoreError):
    """The store contradicts itself."""

    default_code = "STORE_004"
    default_remedy = "Run `ramet doctor`, then `ramet rebuild`."
