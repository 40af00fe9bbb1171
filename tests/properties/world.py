"""Random acts on memory, played through the public face, and what can be seen afterwards.

An act names memories, branches and operations by number; a number counts modulo what there is, so that any list of
acts is playable, shrinks well, and means the same on every store.
"""

from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

from ramet.adapters.inmemory.store import InMemoryStore
from ramet.adapters.sqlite.store import SqliteStore
from ramet.kernel.errors import RametError
from ramet.memory.engine import Engine
from ramet.memory.index import Encoder
from ramet.memory.partitions import Partitions
from ramet.memory.service import MemoryService
from ramet.testing.clocks import NEW_YEAR_2026_US, StepClock
from ramet.testing.embedders import HashEmbedder

SCOPES = (
    {"user_id": "ann"},
    {"user_id": "ann", "run_id": "r1"},
    {"user_id": "bob"},
    {"agent_id": "bot", "run_id": "r1"},
)
WORDS = (
    "tea",
    "coffee",
    "I like tea",
    "Ann lives in Paris",
    "Ann lives in Rome",
    "ERR-7741 at dawn",
    "naïve café 日本",
)

_fresh = count()


class Stores:
    """One engine of each kind for all examples; each example has a project, and a clock that begins anew."""

    def __init__(self, directory):
        self._clocks = {"sqlite": StepClock(), "inmemory": StepClock()}
        stores = {
            "sqlite": SqliteStore(directory, clock=self._clocks["sqlite"]),
            "inmemory": InMemoryStore(clock=self._clocks["inmemory"]),
        }
        encoder = Encoder(HashEmbedder())
        self._engines = {
            kind: Engine(store, encoder, Partitions(encoder, 1 << 24), clock=self._clocks[kind])
            for kind, store in stores.items()
        }

    def open(self, kind):
        """Return a service on an empty project."""
        self._clocks[kind].time_us = NEW_YEAR_2026_US
        return MemoryService(self._engines[kind], project=f"p{next(_fresh)}")

    def close(self):
        for engine in self._engines.values():
            engine.store.close()


@dataclass
class World:
    """A service, and all that acts on it have made so far, in order."""

    service: MemoryService
    memories: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    branches: list[str] = field(default_factory=lambda: ["main"])
    names: count = field(default_factory=count)

    def play(self, act):
        """Do one act; return its result with ids replaced by numbers, or the code of the error that it met."""
        name, *numbers = act
        try:
            result = getattr(self, f"_{name}")(*numbers)
        except RametError as error:
            return error.code
        for row in result.get("results", ()):
            if row["id"] not in self.memories:
                self.memories.append(row["id"])
        if result.get("operation_id"):
            self.operations.append(result["operation_id"])
        return self.numbered(result)

    def numbered(self, value):
        """Return a value with every id replaced by its number."""
        if isinstance(value, dict):
            return {self.numbered(key): self.numbered(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.numbered(item) for item in value]
        if isinstance(value, str):
            memory_id, at, place = value.partition("@")
            if memory_id in self.memories:
                return f"memory {self.memories.index(memory_id)}{at}{place}"
            if value in self.operations:
                return f"operation {self.operations.index(value)}"
        return value

    def seen(self, **options):
        """Return all that each branch shows of each scope: lists, scores, histories."""
        return {branch: self.seen_on(branch, **options) for branch in self.branches}

    def seen_on(self, branch, *, histories=True, **options):
        listed, found = [], []
        for scope in SCOPES:
            wanted = {"branch": branch, "include_superseded": True, "show_expired": True, **scope, **options}
            listed.append(self.service.get_all(**wanted, page=1, page_size=1000))
            rows = self.service.search("tea in Paris", **wanted, top_k=1000)["results"]
            found.append({row["id"]: row["score"] for row in rows})
        past = [self.service.history(memory_id, branch=branch) for memory_id in self.memories] if histories else []
        return self.numbered([listed, found, past])

    # -- acts -------------------------------------------------------------------------------------------------------

    def _add(self, branch, scope, text, *, infer=False):
        message = {"role": "user", "content": WORDS[text % len(WORDS)], "name": "Ann"}
        metadata = {"n": text, "deep": {"er": [text % 3]}}
        scope = SCOPES[scope % len(SCOPES)]
        return self.service.add([message], **scope, metadata=metadata, infer=infer, branch=self.branch(branch))

    def _infer(self, branch, scope, text):
        return self._add(branch, scope, text, infer=True)

    def _update(self, branch, memory, text):
        return self.service.update(self.memory(memory), WORDS[text % len(WORDS)], branch=self.branch(branch))

    def _annotate(self, branch, memory, number):
        return self.service.update(self.memory(memory), metadata={"note": number}, branch=self.branch(branch))

    def _delete(self, branch, memory):
        return self.service.delete(self.memory(memory), branch=self.branch(branch))

    def _delete_all(self, branch, scope):
        return self.service.delete_all(**SCOPES[scope % len(SCOPES)], branch=self.branch(branch))

    def _supersede(self, branch, memory, text):
        return self.service.supersede(self.memory(memory), WORDS[text % len(WORDS)], branch=self.branch(branch))

    def _merge(self, branch, one, other):
        return self.service.merge([self.memory(one), self.memory(other)], "both", branch=self.branch(branch))

    def _undo(self, operation):
        return self.service.undo(self.operations[operation % len(self.operations)] if self.operations else "none")

    def _fork(self, branch):
        name = f"b{next(self.names)}"
        made = self.service.fork(name, branch=self.branch(branch))
        self.branches.append(name)
        return {"parent": self.branches.index(made["parent"]), "fork_seq": made["fork_seq"]}

    def _merge_branch(self, source, target):
        return self.service.merge_branch(self.branch(source), into=self.branch(target))

    def _delete_branch(self, branch):
        name = self.branch(branch)
        result = self.service.delete_branch(name)
        self.branches.remove(name)
        return {"operation_id": result["operation_id"]}

    def branch(self, number):
        """Return the name of a branch."""
        return self.branches[number % len(self.branches)]

    def memory(self, number):
        """Return the id of a memory."""
        return self.memories[number % len(self.memories)] if self.memories else "none"


KINDS = st.sampled_from(["inmemory", "inmemory", "sqlite"])
_N = st.integers(0, 11)
_B = st.integers(0, 3)


def _act(name, *numbers):
    return st.tuples(st.just(name), *numbers)


WRITES = st.one_of(
    _act("add", _B, _N, _N),
    _act("add", _B, _N, _N),
    _act("infer", _B, _N, _N),
    _act("update", _B, _N, _N),
    _act("annotate", _B, _N, _N),
    _act("delete", _B, _N),
    _act("delete_all", _B, _B),
    _act("supersede", _B, _N, _N),
    _act("merge", _B, _N, _N),
)
BRANCHING = st.one_of(_act("fork", _B), _act("merge_branch", _B, _B), _act("delete_branch", _B))
ACTS = st.lists(st.one_of(WRITES, WRITES, BRANCHING, _act("undo", _N)), max_size=15)
