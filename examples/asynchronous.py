"""The same, awaited: several searches at once."""

import asyncio

from ramet import AsyncMemory


async def main() -> None:
    async with AsyncMemory(":memory:", embedder="static") as memory:
        await memory.add("I like green tea. I hate mushrooms.", user_id="ines")
        answers = await asyncio.gather(*(memory.search(q, user_id="ines", top_k=1) for q in ("drink?", "mushrooms?")))
        for answer in answers:
            print(answer["results"][0]["memory"])


asyncio.run(main())
