"""The libraries under test. A subject says how its library is opened and which exceptions it names; nothing else.

Shapes are never translated: what one library returns, the other must return.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import mem0
import mem0.exceptions
import pytest

from tests.conformance.openai_stub import DIMENSIONS, Model, bag_of_words

STUB = {"model": "stub", "api_key": "stub"}


class RecordingEmbedder:
    """Bag-of-words vectors, with every text noted in the model's list of embedded texts."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        return self._model.embed(texts)

    def embed_query(self, text: str) -> list[float]:
        self._model.embed([text])
        return bag_of_words(text)


class Subject(Protocol):
    """One library, opened on one directory and one model provider."""

    name: ClassVar[str]
    validation_error: ClassVar[type[Exception]]
    llm_error: ClassVar[type[Exception]]
    not_found: ClassVar[type[Exception]]

    def __init__(self, home: Path, base_url: str) -> None: ...

    def memory(self, **settings: Any) -> Any:
        """Open the store of ``home`` with its default set-up and these further settings of ``from_config``."""

    def recording_memory(self, model: Model) -> Any:
        """Open the store so that every embedded text is noted in ``model.embedded``."""

    def async_memory(self) -> AbstractAsyncContextManager[Any]:
        """Open an asynchronous memory on a directory of its own, for the length of an ``async with``."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Mem0:
    """mem0ai with its embedded Qdrant; model and embeddings come from the stub."""

    name = "mem0"
    validation_error = mem0.exceptions.ValidationError
    llm_error = mem0.exceptions.LLMError
    not_found = ValueError

    def __init__(self, home: Path, base_url: str) -> None:
        self._home = home
        self._provider = {**STUB, "openai_base_url": base_url}
        self._opened = ExitStack()

    def memory(self, **settings: Any) -> Any:
        return self._open(mem0.Memory.from_config, self._home, settings)

    def recording_memory(self, model: Model) -> Any:
        return self.memory()  # its embeddings come from the stub, which notes them

    @asynccontextmanager
    async def async_memory(self) -> AsyncIterator[Any]:
        yield self._open(mem0.AsyncMemory.from_config, self._home / "async", {})

    def _open(self, factory: Any, home: Path, settings: dict[str, Any]) -> Any:
        store = {"path": str(home / "qdrant"), "on_disk": True, "embedding_model_dims": DIMENSIONS}
        home.mkdir(parents=True, exist_ok=True)
        memory = factory(
            {
                "vector_store": {"provider": "qdrant", "config": store},
                "history_db_path": str(home / "history.db"),
                "llm": {"provider": "openai", "config": dict(self._provider)},
                "embedder": {"provider": "openai", "config": {**self._provider, "embedding_dims": DIMENSIONS}},
                **settings,
            },
        )
        self._opened.callback(memory.close)
        self._opened.callback(memory.vector_store.client.close)  # mem0 leaves its Qdrant folder locked
        return memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._opened.close()


class Ramet:
    """Our embedded memory with the static embedder; the model is the stub."""

    name = "ramet"

    def __init__(self, home: Path, base_url: str) -> None:
        import ramet
        from ramet.kernel import errors

        self.validation_error = errors.ValidationError
        self.llm_error = errors.LLMError
        self.not_found = errors.NotFoundError
        self._library = ramet
        self._home = home
        self._llm = {"provider": "openai", "config": {**STUB, "base_url": base_url}}
        self._opened = ExitStack()

    def memory(self, **settings: Any) -> Any:
        config = {"path": str(self._home), "embedder": "static", "llm": self._llm, **settings}
        return self._opened.enter_context(self._library.Memory.from_config(config))

    def recording_memory(self, model: Model) -> Any:
        memory = self._library.Memory(path=self._home, embedder=RecordingEmbedder(model), llm=self._llm)
        return self._opened.enter_context(memory)

    def async_memory(self) -> AbstractAsyncContextManager[Any]:
        return self._library.AsyncMemory(path=self._home / "async", embedder="static", llm=self._llm)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._opened.close()


SUBJECTS: dict[str, Any] = {"mem0": Mem0, "ramet": Ramet}


def fixed(because: str, *, raises: type[BaseException] | tuple[type[BaseException], ...]) -> pytest.MarkDecorator:
    """Mark a case that mem0 2.2.1 gets wrong in exactly this way, and that ours must get right."""
    wrong = pytest.mark.xfail(reason=because, raises=raises, strict=True)
    return pytest.mark.parametrize("subject", [pytest.param("mem0", marks=wrong), "ramet"], indirect=True)


NOTHING_RAISED = pytest.fail.Exception  # what `pytest.raises` raises when nothing was
