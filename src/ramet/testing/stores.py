"""What every `ramet.memory.ports.MemoryStore` must do, as tests to run against your own.

    import pytest
    from ramet.testing.stores import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def make_store(self, tmp_path):
            return lambda clock: MyStore(tmp_path, clock=clock)

``make_store`` yields a function from a clock to an empty store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from threading import Thread
from typing import Final

from ramet.kernel.clock import FOREVER_US, Clock
from ramet.kernel.errors import ConflictError, StoreError
from ramet.kernel.journal import Head, OpKind
from ramet.kernel.scope import Scope
from ramet.memory import codec
from ramet.memory.model import MAIN, Branch, State
from ramet.memory.ports import Change, Erasure, MemoryStore, Reader
from ramet.testing.clocks import StepClock
from ramet.testing.memos import ANN, PROJECT, Memo, anything_of, forked, index_row, written

MakeStore = Callable[[Clock], MemoryStore]

ANCHOR: Final = ("user_id", "ann")


class StoreContract:
    """The obligations, one by one."""

    # -- the journal ------------------------------------------------------------------------------------------------

    def test_a_new_project_is_empty(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        with store.read(PROJECT) as reader:
            assert reader.head() == Head()
            assert reader.branches() == [Branch(0, MAIN)]
            assert reader.scopes(None) == {}
            assert reader.operations() == []
        assert store.projects() == []
        assert store.rebuild(PROJECT)["equal"]

    def test_sequence_numbers_have_no_gap_whoever_writes(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        threads = [Thread(target=written, args=(store, *(Memo("m") for _ in range(5)))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.read(PROJECT) as reader:
            operations = [op for op, _ in reader.operations()]
        assert [op.seq for op in operations] == list(range(1, 21))
        assert all(one.hlc < other.hlc for one, other in pairwise(operations))

    def test_leaving_without_commit_leaves_nothing(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("never")
        with store.write(PROJECT) as writer:
            op = memo.add(writer, key="k")
            assert writer.head().seq == op.seq == 1
            assert len(anything_of(writer, memo)) == 5
        with store.read(PROJECT) as reader:
            assert reader.head() == Head()
            assert reader.scopes(None) == {}
            assert anything_of(reader, memo) == []
            assert reader.operation(op.op_id) is reader.operation_by_key("k") is None
        assert store.embedding_models() == {}
        assert store.vector_bytes() is None

    def test_an_error_inside_a_transaction_leaves_nothing(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        kept, lost = Memo("kept"), Memo("lost")
        written(store, kept)
        try:
            with store.write(PROJECT) as writer:
                lost.add(writer)
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass
        written(store, Memo("next"))
        with store.read(PROJECT) as reader:
            assert reader.head().seq == 2
            assert anything_of(reader, lost) == []
            assert len(anything_of(reader, kept)) == 5

    def test_a_reader_sees_one_moment(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        before, after = Memo("before"), Memo("after")
        written(store, before)
        with store.read(PROJECT) as reader:
            written(store, after)
            assert reader.head().seq == 1
            assert len(reader.partition(0, ANCHOR, 0, 99)) == 1
            assert anything_of(reader, after) == []
            assert len(reader.operations()) == 1

    def test_an_idempotency_key_is_used_once_in_a_project(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        first, again = Memo("first"), Memo("again")
        with store.write(PROJECT) as writer:
            op = first.add(writer, key="k")
            writer.commit()
        assert refused(store, again, "k")
        with store.read(PROJECT) as reader:
            assert reader.operation_by_key("k") == reader.operation(op.op_id) == reader.operations()[0]
            assert reader.operation_by_key("K") is None
            assert reader.head().seq == 1
            assert anything_of(reader, again) == []
        with store.write("other") as writer:
            Memo("elsewhere", Scope("other", user_id="ann")).add(writer, key="k")
            writer.commit()

    def test_operations_come_in_order_by_branch_and_in_batches(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        written(store, Memo("1"), Memo("2"))
        branch = forked(store, "try")
        with store.write(PROJECT) as writer:
            Memo("4").add(writer, branch_id=branch.id)
            Memo("5").add(writer)
            writer.commit()
        with store.read(PROJECT) as reader:
            assert seqs(reader, limit=2) == [1, 2]
            assert seqs(reader, after_seq=2) == [3, 4, 5]
            assert seqs(reader, branch_id=branch.id) == [4]
            assert seqs(reader, branch_id=0, after_seq=2) == [3, 5]
            assert seqs(reader, after_seq=99) == []

    def test_a_payload_holds_references_and_no_content(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        (op,) = written(store, Memo("secret-text"))
        assert "secret-text" not in codec.dump(dict(op.payload))
        assert "Ann" not in codec.dump(dict(op.payload))

    def test_times_of_commit_are_found_both_ways(self, make_store: MakeStore) -> None:
        clock = StepClock(time_us=1_000, step_us=0)
        store = make_store(clock)
        for time_us in (1_000, 2_000, 3_000):
            clock.time_us = time_us
            written(store, Memo("m"))
        with store.read(PROJECT) as reader:
            assert [reader.commit_of(seq).time_us for seq in (1, 2, 3)] == [1_000, 2_000, 3_000]
            assert [reader.seq_at(us) for us in (999, 1_000, 1_999, 2_000, 9_000)] == [0, 1, 1, 2, 3]

    def test_a_clock_set_back_does_not_reorder(self, make_store: MakeStore) -> None:
        clock = StepClock(time_us=5_000, step_us=0)
        store = make_store(clock)
        written(store, Memo("m"))
        clock.time_us = 1_000
        written(store, Memo("m"))
        with store.read(PROJECT) as reader:
            assert reader.commit_of(2).time_us >= reader.commit_of(1).time_us == 5_000
            assert reader.seq_at(5_001) == 2

    # -- versions ---------------------------------------------------------------------------------------------------

    def test_what_was_written_is_read_back(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("I like tea")
        (op,) = written(store, memo)
        with store.read(PROJECT) as reader:
            assert reader.contents([memo.content.id]) == {memo.content.id: memo.content}
            assert reader.index_rows([memo.content.id]) == {memo.content.id: memo.row}
            assert reader.tokens([memo.content.id, "unknown"]) == [memo.row.tokens, None]
            assert reader.episodes([memo.episode.id]) == [replace(memo.episode, seq=1)]
            assert reader.chain(0, memo.id) == [memo.version.evolve(seq_from=1)]
            assert reader.relations(0, ANCHOR) == [(memo.content.id, "Ann", "LIKES", "I like tea")]
            (found,) = reader.operations()
            assert found[0] == op
            assert found[1].versions == (memo.version.evolve(seq_from=1),)
            assert list(reader.scopes(ANCHOR).values()) == [ANN]

    def test_what_a_caller_does_to_a_content_stays_with_the_caller(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("m")
        written(store, memo)
        for _ in range(2):
            with store.read(PROJECT) as reader:
                metadata = reader.contents([memo.content.id])[memo.content.id].metadata
            assert metadata == {"deep": {"er": [1, "two"]}}
            metadata["deep"]["er"].clear()

    def test_versions_tile_the_axis_of_sequence_numbers(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("one")
        with store.write(PROJECT) as writer:
            memo.add(writer)
            memo.update(writer, "two")
            Memo("between").add(writer)
            memo.update(writer, "three")
            writer.commit()
        with store.read(PROJECT) as reader:
            chain = reader.chain(0, memo.id)
            assert [(v.seq_from, v.seq_to) for v in chain] == [(1, 2), (2, 4), (4, FOREVER_US)]
            (ref,) = reader.scopes(ANCHOR)
            assert [v for v in reader.versions_of([ref]) if v.memory_id == memo.id] == chain

    def test_a_sibling_is_closed_where_it_was_opened(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("one")
        written(store, memo)
        with store.write(PROJECT) as writer:
            sides = [memo.version.evolve(state=State.SIBLING, event="SIBLING"), memo.version.evolve(event="MERGE")]
            writer.append(OpKind.MERGE_BRANCH, Change(versions=sides), principal="tester")
            writer.commit()
            found = [(v.seq_from, v.ordinal, v.seq_to, v.state) for v in writer.chain(0, memo.id)]
        assert found == [(1, 0, 2, "active"), (2, 0, 2, "sibling"), (2, 1, FOREVER_US, "active")]

    def test_a_branch_has_versions_of_its_own(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("one")
        written(store, memo)
        branch = forked(store, "try")
        assert (branch.name, branch.parent_id, branch.fork_seq, branch.id) == ("try", 0, 1, 2)
        with store.write(PROJECT) as writer:
            memo.update(writer, "two", branch_id=branch.id)
            writer.commit()
        with store.read(PROJECT) as reader:
            assert [(v.branch_id, v.seq_from, v.seq_to) for v in reader.chain(0, memo.id)] == [(0, 1, FOREVER_US)]
            assert [(v.branch_id, v.seq_from) for v in reader.chain(branch.id, memo.id)] == [(branch.id, 3)]

    def test_a_partition_is_read_in_slices_of_the_journal(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        in_run = Scope(PROJECT, user_id="ann", run_id="r")
        memos = [Memo("1"), Memo("2", in_run), Memo("3", Scope(PROJECT, user_id="bob", run_id="r")), Memo("4")]
        written(store, *memos)
        branch = forked(store, "try")
        with store.write(PROJECT) as writer:
            memos[0].update(writer, "on the branch", branch_id=branch.id)
            writer.commit()
        with store.read(PROJECT) as reader:
            assert [row.seq_from for row in reader.partition(0, ANCHOR, 0, 9)] == [1, 2, 4]
            assert [row.seq_from for row in reader.partition(0, ANCHOR, 1, 3)] == [2]
            assert [row.seq_from for row in reader.partition(0, ("run_id", "r"), 0, 9)] == [2, 3]
            assert [row.seq_from for row in reader.partition(branch.id, ANCHOR, 0, 9)] == [6]
            assert reader.partition(0, ("agent_id", "ann"), 0, 9) == []
            row = reader.partition(0, ANCHOR, 0, 1)[0]
            assert (row.memory_id, row.content_id) == (memos[0].id, memos[0].content.id)
            assert (row.terms, row.vector, row.text_key) == (memos[0].row.terms, b"\1\2\3\4", memos[0].row.text_key)
            assert codec.read_details(row.details)["sources"] == memos[0].version.sources
            assert reader.scopes(ANCHOR)[row.scope_ref] == ANN

    def test_a_partition_keeps_the_order_within_an_operation(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memos = [Memo(str(n), Scope(PROJECT, user_id="ann", run_id=f"r{-n}")) for n in range(5)]
        with store.write(PROJECT) as writer:
            writer.append(
                OpKind.ADD,
                Change(episodes=[m.episode for m in memos], versions=[m.version for m in memos]),
                principal="tester",
                contents=[m.content for m in memos],
                index_rows=[m.row for m in memos],
            )
            writer.commit()
            assert [row.memory_id for row in writer.partition(0, ANCHOR, 0, 1)] == [m.id for m in memos]

    # -- isolation --------------------------------------------------------------------------------------------------

    def test_no_reader_of_another_project_finds_anything(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("private")
        with store.write(PROJECT) as writer:
            op = memo.add(writer, key="k")
            writer.commit()
            refs = list(writer.scopes(None))
        with store.write("other") as writer:
            Memo("theirs", Scope("other", user_id="bob")).add(writer)
            writer.commit()
        with store.read("other") as reader:
            assert anything_of(reader, memo) == []
            assert reader.partition(0, ANCHOR, 0, 99) == []
            assert not reader.relations(0, ANCHOR)
            assert not reader.episodes_of(refs)
            assert not reader.versions_of(refs)
            assert reader.operation(op.op_id) is reader.operation_by_key("k") is None
            assert reader.scopes(ANCHOR) == {}
            assert [scope.project for scope in reader.scopes(None).values()] == ["other"]

    def test_a_writer_knows_the_ids_of_other_projects(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("private")
        written(store, memo)
        ids = [memo.id, memo.content.id, memo.episode.id]
        with store.write("other") as writer:
            assert writer.foreign([*ids, "unknown"]) == ids
        with store.write(PROJECT) as writer:
            assert writer.foreign(ids) == []

    # -- removal ----------------------------------------------------------------------------------------------------

    def test_erase_removes_all_traces_but_ids(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        gone, stays = Memo("gone"), Memo("stays", Scope(PROJECT, user_id="bob"))
        written(store, gone, stays)
        branch = forked(store, "try")
        with store.write(PROJECT) as writer:
            later = gone.update(writer, "gone too", branch_id=branch.id)
            writer.commit()
        erasure = Erasure([gone.id], [gone.episode.id], [gone.content.id, later.id], [ANN])
        with store.write(PROJECT) as writer:
            op = writer.erase(erasure, principal="tester")
            writer.commit()
        with store.read(PROJECT) as reader:
            assert anything_of(reader, gone) == anything_of(reader, gone, branch_id=branch.id) == []
            assert not reader.contents([later.id])
            assert not reader.index_rows([later.id])
            assert reader.scopes(ANCHOR) == {}
            assert reader.relations(0, ANCHOR) == []
            assert len(anything_of(reader, stays)) == 5
            assert (op.kind, op.seq, op.payload["memories"]) == (OpKind.ERASE, 5, [gone.id])
            assert "ann" not in {scope.user_id for scope in reader.scopes(None).values()}
            assert reader.head().epoch == 1
        assert store.rebuild(PROJECT)["equal"]
        with store.read(PROJECT) as reader:
            assert anything_of(reader, gone) == anything_of(reader, gone, branch_id=branch.id) == []
        written(store, Memo("anew"))
        with store.read(PROJECT) as reader:
            assert list(reader.scopes(ANCHOR).values()) == [ANN]
            assert len(reader.partition(0, ANCHOR, 0, 99)) == 1

    def test_deleting_a_branch_removes_what_only_it_had(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        base, merged, lost = Memo("base"), Memo("merged"), Memo("lost")
        written(store, base)
        branch = forked(store, "try")
        with store.write(PROJECT) as writer:
            merged.add(writer, branch_id=branch.id)
            lost.add(writer, branch_id=branch.id)
            edit = base.update(writer, "edit", branch_id=branch.id)
            merged.bring(writer, source_id=branch.id)
            op = writer.delete_branch(branch, principal="tester")
            writer.commit()
        assert op.payload == {"branch": branch.id, "name": "try"}
        with store.read(PROJECT) as reader:
            assert [b.name for b in reader.branches()] == [MAIN]
            assert len(anything_of(reader, base)) == len(anything_of(reader, merged)) == 5
            assert anything_of(reader, lost, branch_id=branch.id) == []
            assert reader.contents([edit.id]) == {}
            assert reader.head().epoch == 1
        report = store.rebuild(PROJECT)
        assert report["equal"], report
        forked(store, "try")

    def test_reset_empties_a_project_and_counts_on(self, make_store: MakeStore) -> None:
        clock = StepClock(time_us=1_000, step_us=0)
        store = make_store(clock)
        memo, theirs = Memo("m"), Memo("theirs", Scope("other", user_id="ann"))
        written(store, memo)
        written(store, theirs, project="other")
        store.reset(PROJECT)
        clock.time_us = 2_000
        after = Memo("after")
        (op,) = written(store, after)
        assert op.seq == 2
        with store.read(PROJECT) as reader:
            assert anything_of(reader, memo) == []
            assert len(anything_of(reader, after)) == 5
            assert [reader.seq_at(us) for us in (1_000, 2_000)] == [0, 2]
            assert seqs(reader) == [2]
        with store.read("other") as reader:
            assert len(anything_of(reader, theirs)) == 5

    # -- the index and upkeep ---------------------------------------------------------------------------------------

    def test_reindexing_replaces_rows_and_begins_an_epoch(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo = Memo("m")
        written(store, memo)
        assert store.embedding_models() == {"test": 1}
        assert store.vector_bytes() == len(index_row(memo.content).vector)
        assert store.unindexed("test", 9) == []
        assert store.unindexed("new", 9) == [(PROJECT, memo.content)]
        with store.write(PROJECT) as writer:
            row = replace(index_row(memo.content, model="new"), tokens=None)
            writer.reindex([row])
            writer.commit()
            assert writer.index_rows([memo.content.id]) == {memo.content.id: row}
        with store.read(PROJECT) as reader:
            assert reader.head().epoch == 1
            assert reader.tokens([memo.content.id]) == [None]
        assert store.embedding_models() == {"new": 1}
        assert store.unindexed("new", 9) == []

    def test_rebuilding_changes_nothing_that_is_seen(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        memo, other = Memo("one"), Memo("two")
        written(store, memo, other)
        branch = forked(store, "try")
        with store.write(PROJECT) as writer:
            memo.update(writer, "changed")
            memo.update(writer, "changed there", branch_id=branch.id)
            writer.commit()
        before = everything(store, branch.id, memo, other)
        report = store.rebuild(PROJECT)
        assert report["equal"], report
        assert report["operations"] == 5
        assert report["memory_version"] == 4
        assert everything(store, branch.id, memo, other) == before

    def test_projects_are_listed_by_name(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        for project in ("b", "a"):
            written(store, Memo("m", Scope(project, user_id="ann")), project=project)
        assert store.projects() == ["a", "b"]

    def test_the_signing_key_stays_the_same(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        assert len(store.signing_key()) == 32
        assert store.signing_key() == store.signing_key()

    def test_a_sound_store_has_nothing_to_report(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        written(store, Memo("m"))
        store.scrub()
        assert store.check() == []
        assert store.size_bytes() >= 0

    def test_a_closed_store_refuses(self, make_store: MakeStore) -> None:
        store = make_store(StepClock())
        written(store, Memo("m"))
        store.close()
        store.close()
        for opened in (store.read, store.write):
            try:
                with opened(PROJECT):
                    raise AssertionError("a closed store was opened")
            except StoreError:
                pass


def refused(store: MemoryStore, memo: Memo, key: str) -> bool:
    """Tell whether writing under a key is refused as a conflict."""
    try:
        with store.write(PROJECT) as writer:
            memo.add(writer, key=key)
            writer.commit()
    except ConflictError:
        return True
    return False


def seqs(reader: Reader, *, after_seq: int = 0, branch_id: int | None = None, limit: int = 1000) -> list[int]:
    """Return the sequence numbers of operations."""
    return [op.seq for op, _ in reader.operations(after_seq=after_seq, branch_id=branch_id, limit=limit)]


def everything(store: MemoryStore, branch_id: int, *memos: Memo) -> list[object]:
    """Return what is read of memories on main and on a branch."""
    with store.read(PROJECT) as reader:
        found = [anything_of(reader, memo, branch_id=b) for b in (0, branch_id) for memo in memos]
        return [*found, reader.branches(), reader.partition(0, ANCHOR, 0, 99), reader.relations(0, ANCHOR)]
