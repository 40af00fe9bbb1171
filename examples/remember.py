"""Three lines: remember, and ask."""

from ramet import Memory

memory = Memory(":memory:", embedder="static")
memory.add("I moved to Porto last Friday. I am allergic to peanuts.", user_id="ines")
print(memory.search("What is she allergic to?", user_id="ines", top_k=1)["results"][0]["memory"])
