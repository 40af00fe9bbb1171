"""Three lines: try an idea on a branch, and bring back what it learned."""

from ramet import Memory

memory = Memory(":memory:", embedder="static")
memory.fork("idea")
memory.add("The night train to Vienna leaves at 21:40", agent_id="planner", infer=False, branch="idea")
print(memory.merge_branch("idea")["results"][0]["memory"])
