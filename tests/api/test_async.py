"""The asynchronous twin does what the synchronous class does."""

import asyncio
import inspect
from pathlib import Path

from ramet import AsyncMemory, Memory


def test_it_has_every_method_with_the_same_signature() -> None:
    public = {name for name in dir(Memory) if not name.startswith("_")}
    for name in public - {"from_config", "graph", "export", "import_mem0"}:
        ours = inspect.signature(getattr(AsyncMemory, name))
        assert list(ours.parameters) == list(inspect.signature(getattr(Memory, name)).parameters), name


def test_concurrent_adds_and_searches(tmp_path: Path) -> None:
    async def run() -> list[str]:
        async with AsyncMemory(tmp_path, embedder="static") as memory:
            await asyncio.gather(*(memory.add(f"I work at Acme{n}x.", user_id=f"u{n}") for n in range(20)))
            found = await asyncio.gather(*(memory.search("where do I work?", user_id=f"u{n}") for n in range(20)))
            relations = await memory.graph.neighbours("User", user_id="u3")
            assert [r["destination"] for r in relations] == ["Acme3x"]
            return [row["memory"] for result in found for row in result["results"]]

    assert asyncio.run(run()) == [f"User works at Acme{n}x" for n in range(20)]
