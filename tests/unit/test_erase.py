"""Erasing leaves nothing: not in answers, not in tables, not in a byte of any file."""

from pathlib import Path

import apsw
import pytest

from ramet import Memory
from ramet.kernel.errors import ConflictError, NotFoundError
from ramet.kernel.scope import Scope
from ramet.memory.changing import Place
from ramet.memory.erasing import erase, erase_memories, verify_against
from ramet.memory.receipts import verify_receipt

PLACE = Place("default")
SECRET = "Zauberwort-4711"
UNUSUAL = "Ключ 鍵穴 🗝️ naïve\u200b\u0007"
USER = "user-Ωmega-77"
MARKERS = (SECRET, "鍵穴", "🗝", "MetaMarker", "metakey-marker", "Speakermarker", USER, "Jermaine", "spotless")


@pytest.fixture
def memory(tmp_path):
    with Memory(tmp_path, embedder="static", busy_timeout_s=0.1) as memory:
        yield memory


def raw_bytes(directory: Path) -> bytes:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    assert files, "there is nothing to search"
    return b"".join(path.read_bytes() for path in files)


def found_markers(directory: Path) -> list[str]:
    raw = raw_bytes(directory)
    escaped = {marker: marker.encode("ascii", "backslashreplace") for marker in MARKERS}
    return [m for m in MARKERS if m.encode() in raw or m.encode("utf-16-le") in raw or escaped[m] in raw]


def write_everywhere(memory):
    """Put the markers wherever the interface lets them: texts, names, metadata, versions, branches, statements."""
    said = {"role": "user", "name": "Speakermarker", "content": f"{SECRET} {UNUSUAL}"}
    made = memory.add(
        said, user_id=USER, run_id="r1", infer=False, metadata={"metakey-marker": ["MetaMarker", {"deep": SECRET}]}
    )
    memory_id = made["results"][0]["id"]
    memory.update(memory_id, f"updated {SECRET} " + "long " * 3000 + UNUSUAL)
    memory.supersede(memory_id, f"superseded by {SECRET}")
    memory.fork("other")
    memory.add(f"only on the branch: {SECRET}", user_id=USER, infer=False, branch="other")
    memory.add("I live in Jermaine and my flat is spotless.", user_id=USER, agent_id="helper")
    memory.add("My friend Jermaine works at Spotless Inc. I love Jermaine.", user_id=USER, branch="other")
    gone = memory.add(f"deleted {SECRET}", user_id=USER, infer=False)["results"][0]["id"]
    memory.delete(gone)
    return memory_id


def fragment(memory, user_id, count):
    for n in range(count):
        memory.add([f"note {n} of {user_id}: " + f"word{n} " * (1 + 37 * n % 400)], user_id=user_id, infer=False)


def test_no_byte_is_left_in_any_file(tmp_path, memory):
    fragment(memory, "bob", 15)
    write_everywhere(memory)
    fragment(memory, "carol", 15)
    for row in memory.get_all(user_id="bob", limit=5)["results"]:
        memory.delete(row["id"])
    assert set(found_markers(tmp_path)) == set(MARKERS), "a marker was never written, so the test can't fail"
    before = memory.get_all(user_id="carol", limit=100)

    receipt = erase(memory._engine, PLACE, Scope("default", user_id=USER))

    assert found_markers(tmp_path) == []
    assert receipt["scrubbed"] is True
    assert memory.get_all(user_id="carol", limit=100) == before


def test_no_row_of_any_table_is_left(tmp_path, memory):
    write_everywhere(memory)
    erase(memory._engine, PLACE, Scope("default", user_id=USER))
    connection = apsw.Connection(str(tmp_path / "ramet.db"))
    try:
        for table in ("content", "recall_index", "token_vectors", "relation", "episode", "memory_version"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    finally:
        connection.close()


def test_nothing_is_left_to_read(memory):
    memory_id = write_everywhere(memory)
    erase(memory._engine, PLACE, Scope("default", user_id=USER))
    for branch in ("main", "other"):
        assert memory.get_all(user_id=USER, show_expired=True, include_superseded=True, branch=branch)["total"] == 0
        assert memory.search(SECRET, user_id=USER, branch=branch)["results"] == []
        assert memory.history(memory_id, branch=branch) == []
        assert memory.get(memory_id, branch=branch) is None


def test_another_process_forgets_what_it_had_cached(tmp_path, memory):
    memory.add(f"{SECRET} is mine", user_id=USER, infer=False)
    with Memory(tmp_path, embedder="static") as other:
        assert len(other.search(SECRET, user_id=USER)["results"]) == 1
        assert erase(memory._engine, PLACE, Scope("default", user_id=USER))["scrubbed"] is True
        assert found_markers(tmp_path) == []
        assert other.search(SECRET, user_id=USER)["results"] == []


def test_an_operation_on_what_was_erased_can_not_be_undone(memory):
    made = memory.add(SECRET, user_id=USER, infer=False)
    erase(memory._engine, PLACE, Scope("default", user_id=USER))
    with pytest.raises(ConflictError, match="erased"):
        memory.undo(made["operation_id"])


def test_a_rebuild_brings_nothing_back(tmp_path, memory):
    write_everywhere(memory)
    memory.add("I stay", user_id="bob", infer=False)
    erase(memory._engine, PLACE, Scope("default", user_id=USER))
    assert memory._engine.store.rebuild("default")["equal"] is True
    assert found_markers(tmp_path) == []
    assert memory.get_all(user_id="bob")["total"] == 1


def test_only_what_the_scope_covers_goes(memory):
    memory.add("in run one", user_id="ann", run_id="one", infer=False)
    memory.add("in run two", user_id="ann", run_id="two", infer=False)
    memory.add("in no run", user_id="ann", infer=False)
    receipt = erase(memory._engine, PLACE, Scope("default", user_id="ann", run_id="one"))
    assert receipt["counts"] == {"memories": 1, "versions": 1, "episodes": 1, "contents": 1}
    assert [m["memory"] for m in memory.get_all(user_id="ann")["results"]] == ["in run two", "in no run"]


def test_another_project_keeps_its_rows(tmp_path, memory):
    with Memory(tmp_path, embedder="static", project="elsewhere") as other:
        other.add("mine too", user_id="ann", infer=False)
        memory.add("mine", user_id="ann", infer=False)
        erase(memory._engine, PLACE, Scope("default", user_id="ann"))
        assert other.get_all(user_id="ann")["total"] == 1


def test_the_receipt_says_what_went_and_is_valid(memory):
    write_everywhere(memory)
    receipt = erase(memory._engine, PLACE, Scope("default", user_id=USER))
    assert receipt["asked"] == {"user_id": USER}
    assert receipt["counts"]["versions"] > receipt["counts"]["memories"] > 3
    assert verify_receipt(receipt) == []
    assert verify_against(memory._engine, receipt) == []


def test_what_is_added_later_does_not_spoil_the_receipt(memory):
    memory.add(SECRET, user_id=USER, infer=False)
    receipt = erase(memory._engine, PLACE, Scope("default", user_id=USER))
    memory.add("a new beginning", user_id=USER, infer=False)
    assert verify_against(memory._engine, receipt) == []
    assert [m["memory"] for m in memory.get_all(user_id=USER)["results"]] == ["a new beginning"]


def test_a_receipt_of_another_store_is_refused(tmp_path, memory):
    with Memory(tmp_path / "second", embedder="static") as other:
        receipt = erase(other._engine, PLACE, Scope("default", user_id="ann"))
    assert "another key" in " ".join(verify_against(memory._engine, receipt))


def test_erasing_nothing_is_harmless_and_scrubs(tmp_path, memory):
    memory.add(SECRET, user_id=USER, infer=False)
    memory.delete_all(user_id=USER)
    first = erase(memory._engine, PLACE, Scope("default", user_id=USER))
    second = erase(memory._engine, PLACE, Scope("default", user_id="nobody"))
    assert first["counts"]["memories"] == 1
    assert (second["counts"]["memories"], second["scrubbed"]) == (0, True)
    assert verify_against(memory._engine, second) == []


def test_a_reader_elsewhere_delays_the_scrubbing_and_the_receipt_says_so(tmp_path, memory):
    memory.add(SECRET, user_id=USER, infer=False)
    reader = apsw.Connection(str(tmp_path / "ramet.db"))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM content").fetchone()

    receipt = erase(memory._engine, PLACE, Scope("default", user_id=USER))
    assert receipt["scrubbed"] is False
    assert "Erase again" in receipt["reason"]
    assert verify_receipt(receipt) == []
    assert memory.get_all(user_id=USER)["total"] == 0

    reader.execute("COMMIT")
    reader.close()
    assert erase(memory._engine, PLACE, Scope("default", user_id=USER))["scrubbed"] is True
    assert found_markers(tmp_path) == []


def test_single_memories_go_with_all_versions_and_their_own_episodes(tmp_path, memory):
    kept = memory.add("I like tea", user_id="ann", infer=False)["results"][0]["id"]
    gone = memory.add(f"{SECRET} first", user_id="ann", infer=False)["results"][0]["id"]
    memory.update(gone, f"{SECRET} second")
    receipt = erase_memories(memory._engine, PLACE, [gone])
    assert receipt["counts"] == {"memories": 1, "versions": 2, "episodes": 1, "contents": 2}
    assert [m["id"] for m in memory.get_all(user_id="ann")["results"]] == [kept]
    assert found_markers(tmp_path) == []
    assert verify_against(memory._engine, receipt) == []


def test_an_episode_that_another_memory_cites_stays(memory):
    gone = memory.add("I like tea", user_id="ann", infer=False)["results"][0]["id"]
    heir = memory.supersede(gone, "I like black tea")["results"][0]["id"]
    receipt = erase_memories(memory._engine, PLACE, [gone])
    assert receipt["counts"]["episodes"] == receipt["counts"]["contents"] == 0
    assert memory.why(heir)["sources"][0]["text"] == "I like tea"
    assert memory.get(gone) is None
    assert memory._engine.store.rebuild("default")["equal"] is True


def test_an_unknown_memory_erases_nothing(memory):
    kept = memory.add("I like tea", user_id="ann", infer=False)["results"][0]["id"]
    with pytest.raises(NotFoundError):
        erase_memories(memory._engine, PLACE, [kept, "no-such-id"])
    assert memory.get(kept) is not None
