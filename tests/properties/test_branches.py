"""Branches against a naive model: each is a dictionary of its own, copied whole at the fork."""

from dataclasses import dataclass, replace
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from ramet.kernel.clock import to_iso
from tests.properties.world import KINDS, SCOPES, WORDS, World

N, B = st.integers(0, 7), st.integers(0, 4)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), B, st.just(0), N),
        st.tuples(st.just("update"), B, N, N),
        st.tuples(st.just("delete"), B, N),
        st.tuples(st.just("supersede"), B, N, N),
        st.tuples(st.just("fork"), B),
        st.tuples(st.just("merge_branch"), B, B),
        st.tuples(st.just("merge_branch"), B, B),
        st.tuples(st.just("delete_branch"), B),
    ),
    min_size=6,
    max_size=30,
)
MERGES = st.one_of(
    st.tuples(st.just("merge_branch"), B, B),
    st.tuples(st.just("merge_branch"), B, B),
    st.tuples(st.just("update"), B, N, N),
    st.tuples(st.just("delete"), B, N),
)
KIN = [("add", 0, 0, 1), ("fork", 0), ("fork", 0), ("add", 1, 0, 1), ("fork", 1)]
ANN = SCOPES[0]


@dataclass(frozen=True)
class Entry:
    """What a branch holds of a memory, the write that it comes from, and the writes that this one knew of."""

    write: int
    text: str
    state: str
    known: frozenset = frozenset()


class Model:
    """All branches as dictionaries. A write that another knew of yields to it (version vectors, by enumeration)."""

    def __init__(self):
        self.branches = {"main": {}}
        self._writes = count()

    def put(self, branch, memory, text, state="active"):
        n, old = next(self._writes), self.branches[branch].get(memory)
        self.branches[branch][memory] = Entry(n, text, state, known_of(old))

    def fork(self, parent, name):
        self.branches[name] = dict(self.branches[parent])

    def delete_branch(self, name):
        del self.branches[name]

    def diff(self, left, right):
        left, right = self.branches[left], self.branches[right]
        found = {m for m in left.keys() | right.keys() if not same(left.get(m), right.get(m))}
        return {
            "added": {m for m in found if gone(left.get(m))},
            "removed": {m for m in found if gone(right.get(m))},
            "changed": {m for m in found if not gone(left.get(m)) and not gone(right.get(m))},
        }

    def merge(self, source, target):
        """Take what the target doesn't know; if neither knew of the other, the later. Return where neither did.

        A merge that brings anything tells the target of all writes that the source knew, also of memories that the
        source deleted and the target never held: those are ``unheld``.
        """
        theirs, mine, taken, conflicts = self.branches[source], self.branches[target], {}, set()
        for memory, there in theirs.items():
            here = mine.get(memory)
            if same(there, here) or there.state == "unheld" or (here and there.write in known_of(here)):
                continue
            taken[memory] = there
            if here and here.state != "unheld" and here.write not in there.known:
                conflicts.add(memory)
                taken[memory] = max(there, here, key=lambda entry: entry.write)
        if taken:
            known = {m: known_of(theirs.get(m)) | known_of(mine.get(m)) for m in theirs}
            unheld = {m: replace(there, state="unheld") for m, there in theirs.items() if m not in mine}
            mine.update(unheld | taken)
            mine.update({m: replace(mine[m], known=known[m]) for m in theirs})
        return conflicts


def known_of(entry):
    return entry.known | {entry.write} if entry else frozenset()


def gone(entry):
    return entry is None or entry.state in {"deleted", "unheld"}


def same(one, other):
    return (gone(one) and gone(other)) or (not gone(one) and not gone(other) and one.write == other.write)


class Pair:
    """Plays acts on a service and on the model."""

    def __init__(self, service):
        self.world = World(service)
        self.model = Model()
        self.moments = []

    def play(self, act):
        names, memories = dict(enumerate(self.world.branches)), list(self.world.memories)
        result = self.world.play(act)
        if isinstance(result, dict):
            getattr(self, f"_{act[0]}")(names, memories, result, act)
        self.moments.append((self.world.service._engine.clock(), self.shown()))

    def shown(self):
        """Return what the model shows: by branch, every memory's text and state."""
        return {
            name: {m: (e.text, e.state) for m, e in held.items() if not gone(e)}
            for name, held in self.model.branches.items()
        }

    def _add(self, names, memories, result, act):
        self.model.put(names[act[1] % len(names)], self.world.memories[-1], WORDS[act[3] % len(WORDS)])

    def _update(self, names, memories, result, act):
        branch, memory = names[act[1] % len(names)], memories[act[2] % len(memories)]
        state = self.model.branches[branch][memory].state
        self.model.put(branch, memory, WORDS[act[3] % len(WORDS)], state)

    def _delete(self, names, memories, result, act):
        branch, memory = names[act[1] % len(names)], memories[act[2] % len(memories)]
        self.model.put(branch, memory, "", "deleted")

    def _supersede(self, names, memories, result, act):
        branch, memory = names[act[1] % len(names)], memories[act[2] % len(memories)]
        self.model.put(branch, memory, self.model.branches[branch][memory].text, "superseded")
        self.model.put(branch, self.world.memories[-1], WORDS[act[3] % len(WORDS)])

    def _fork(self, names, memories, result, act):
        self.model.fork(names[act[1] % len(names)], self.world.branches[-1])

    def _merge_branch(self, names, memories, result, act):
        conflicts = self.model.merge(names[act[1] % len(names)], names[act[2] % len(names)])
        reported = {self.world.memories[int(row["id"].split()[1])] for row in result["conflicts"]}
        assert reported == conflicts

    def _delete_branch(self, names, memories, result, act):
        self.model.delete_branch(names[act[1] % len(names)])


def played(service, acts):
    pair = Pair(service)
    for act in acts:
        pair.play(act)
    return pair


def listed(service, branch, **options):
    rows = service.get_all(**ANN, branch=branch, include_superseded=True, page=1, page_size=1000, **options)
    return {row["id"]: (row["memory"], row["state"]) for row in rows["results"]}


@settings(max_examples=150)
@given(kind=KINDS, acts=ACTS)
def test_every_door_shows_what_the_model_holds(open_store, kind, acts):
    pair = played(open_store(kind), acts)
    service = pair.world.service
    for branch, held in pair.shown().items():
        assert listed(service, branch) == held
        active = {m for m, (_, state) in held.items() if state == "active"}
        assert {row["id"] for row in service.get_all(**ANN, branch=branch, top_k=1000)["results"]} == active
        assert {row["id"] for row in service.search("tea", **ANN, branch=branch, top_k=1000)["results"]} == active
        for memory in pair.world.memories:
            got = service.get(memory, branch=branch)
            assert (got and (got["memory"], got["state"])) == held.get(memory)


@settings(max_examples=100)
@given(kind=KINDS, acts=st.lists(MERGES, min_size=6, max_size=20))
def test_merges_by_way_of_other_branches_show_what_the_model_holds(open_store, kind, acts):
    pair = played(open_store(kind), [*KIN, *acts])
    for branch, held in pair.shown().items():
        assert listed(pair.world.service, branch) == held


@settings(max_examples=100)
@given(kind=KINDS, acts=ACTS)
def test_diff_tells_any_two_branches_apart(open_store, kind, acts):
    pair = played(open_store(kind), acts)
    for left in pair.world.branches:
        for right in pair.world.branches:
            found = pair.world.service.diff(left, right)
            ids = {kind: {row["id"] for row in rows} for kind, rows in found.items()}
            assert ids == pair.model.diff(left, right)


@settings(max_examples=100)
@given(kind=KINDS, acts=ACTS)
def test_what_was_known_can_be_read_again(open_store, kind, acts):
    pair = played(open_store(kind), acts)
    for time_us, shown in pair.moments:
        for branch in shown.keys() & pair.model.branches.keys():
            assert listed(pair.world.service, branch, known_at=to_iso(time_us)) == shown[branch]


@settings(max_examples=5)
@given(kind=KINDS)
def test_a_merge_that_was_undone_can_be_made_again(open_store, kind):
    service = open_store(kind)
    service.fork("try")
    memory = service.add("tea", **ANN, infer=False, branch="try")["results"][0]["id"]
    for _ in range(2):
        merged = service.merge_branch("try")
        assert [row["id"] for row in merged["results"]] == [memory]
        service.undo(merged["operation_id"])
        assert service.get(memory) is None
    again = service.undo(service.undo(service.merge_branch("try")["operation_id"])["operation_id"])
    assert service.get(memory)["memory"] == "tea"
    assert service.merge_branch("try")["merged"] == 0
    service.undo(again["operation_id"])
    assert service.merge_branch("try")["merged"] == 1
