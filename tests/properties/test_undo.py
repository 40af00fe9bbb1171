"""Undo restores exactly what was seen before, may itself be undone, and refuses what was touched since."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.properties.world import ACTS, KINDS, WRITES, World

UNDOABLE = st.one_of(WRITES, WRITES, st.tuples(st.just("merge_branch"), st.integers(0, 3), st.integers(0, 3)))


def started(open_store, kind, acts, act):
    """Play some acts and one more that makes an operation; return the world, and what was seen before and after it."""
    world = World(open_store(kind))
    for earlier in acts:
        world.play(earlier)
    before, known = world.seen(histories=False), len(world.operations)
    world.play(act)
    assume(len(world.operations) > known)
    return world, before, world.seen(histories=False)


def histories(world):
    return {
        (branch, memory_id): world.service.history(memory_id, branch=branch)
        for branch in world.branches
        for memory_id in world.memories
    }


@settings(max_examples=50)
@given(kind=KINDS, acts=ACTS, act=UNDOABLE)
def test_undo_and_its_undo_go_back_and_forth(open_store, kind, acts, act):
    world, before, after = started(open_store, kind, acts, act)
    for expected in (before, after, before):
        assert isinstance(world.play(("undo", len(world.operations) - 1)), dict)
        assert world.seen(histories=False) == expected


@settings(max_examples=25)
@given(kind=KINDS, acts=ACTS, act=UNDOABLE)
def test_undo_adds_to_histories_and_changes_nothing_in_them(open_store, kind, acts, act):
    world, seen_before, seen_after = started(open_store, kind, acts, act)
    before = histories(world)
    world.play(("undo", len(world.operations) - 1))
    after = histories(world)
    assert {at: rows[: len(before[at])] for at, rows in after.items()} == before
    assert seen_before == seen_after or after != before


@settings(max_examples=25)
@given(kind=KINDS, acts=ACTS, act=UNDOABLE, text=st.integers(0, 11))
def test_what_was_touched_since_is_not_undone(open_store, kind, acts, act, text):
    world, _, _ = started(open_store, kind, acts, act)
    operation = len(world.operations) - 1
    touched = [
        (branch, memory_id)
        for branch in range(len(world.branches))
        for memory_id in range(len(world.memories))
        if last_operation(world, branch, memory_id) == world.operations[operation]
        and isinstance(world.play(("update", branch, memory_id, text)), dict)
    ][:1]
    assume(touched)
    before = world.seen()
    assert world.play(("undo", operation)) == "CONFLICT_001"
    assert world.seen() == before


def last_operation(world, branch, memory):
    """Return the id of the operation that last touched a memory on a branch itself."""
    service = world.service
    with service._engine.store.read(service._project) as reader:
        ids = {b.name: b.id for b in reader.branches()}
        chain = reader.chain(ids[world.branch(branch)], world.memory(memory))
        return reader.operations(after_seq=chain[-1].seq_from - 1, limit=1)[0][0].op_id if chain else None
