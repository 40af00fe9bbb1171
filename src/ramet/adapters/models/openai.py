"""Any endpoint that speaks OpenAI's chat completions, over the vendor's SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import openai

from ramet.kernel.errors import ConfigurationError, LLMError
from ramet.settings import provider_key


@dataclass(frozen=True, slots=True)
class OpenAIConfig:
    """What the model is asked with.

    Attributes:
        model: the model's name at the endpoint.
        base_url: the endpoint; OpenAI's own by default.
        api_key: by default ``OPENAI_API_KEY``.
        temperature: 0 for the most repeatable replies.
        timeout_s: of one request.
        max_retries: of a request that failed with 408, 409, 429 or 5xx; the SDK backs off and honours Retry-After.
    """

    model: str
    base_url: str | None = None
    api_key: str | None = None
    temperature: float = 0.0
    timeout_s: float = 60.0
    max_retries: int = 2


class OpenAIModel:
    """Implements `ramet.memory.ports.LanguageModel`."""

    def __init__(self, config: OpenAIConfig) -> None:
        key = config.api_key or provider_key("OPENAI_API_KEY")
        if not key:
            raise ConfigurationError(
                "The model has no API key.", remedy="Set OPENAI_API_KEY, or api_key in the config of llm."
            )
        self._config = config
        self._client = openai.OpenAI(
            api_key=key, base_url=config.base_url, timeout=config.timeout_s, max_retries=config.max_retries
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build from a mapping.

        Raises:
            ConfigurationError: a key is unknown, or ``model`` or the API key is missing.
        """
        known = [field.name for field in fields(OpenAIConfig)]
        unknown = sorted(set(config) - set(known))
        if unknown:
            raise ConfigurationError(
                f"Unknown key in the config of llm: {', '.join(map(repr, unknown))}.",
                remedy=f"Known are {', '.join(known)}.",
            )
        if not config.get("model"):
            raise ConfigurationError("The config of llm names no model.", remedy='Add "model".')
        return cls(OpenAIConfig(**config))

    def complete(self, system: str, user: str, *, json: bool = False) -> str:
        """Ask once; see the port."""
        try:
            reply = self._client.chat.completions.create(
                model=self._config.model,
                temperature=self._config.temperature,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
                response_format={"type": "json_object"} if json else {"type": "text"},
            )
        except openai.OpenAIError as error:
            raise LLMError(
                f"The model {self._config.model} failed: {error}.", remedy="Nothing was written; try again."
            ) from error
        return (reply.choices[0].message.content or "") if reply.choices else ""
