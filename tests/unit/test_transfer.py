"""What is exported comes back as it was, and nothing that is malformed gets in."""

import json
import pickle
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramet import Memory
from ramet.adapters.mem0 import read_mem0
from ramet.kernel.errors import ConflictError, NotFoundError, ValidationError
from ramet.kernel.scope import Scope
from ramet.memory.changing import Place
from ramet.memory.erasing import erase
from ramet.memory.transfer import export, import_, import_mem0

PLACE = Place("default")
ANN = Scope("default", user_id="ann")


class Letters:
    """An embedder of another model: counts of letters."""

    model_id = "letters"
    dimensions = 26

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        return [1.0 + text.lower().count(chr(97 + n)) for n in range(26)]


@pytest.fixture
def open_memory(tmp_path):
    opened = []

    def open_(name, **options):
        opened.append(Memory(tmp_path / name, embedder=options.pop("embedder", "static"), **options))
        return opened[-1]

    yield open_
    for memory in opened:
        memory.close()


@pytest.fixture
def memory(open_memory):
    return open_memory("first")


@pytest.fixture
def other(open_memory):
    return open_memory("second")


def lines_of(memory, scope=None, branch="main", **options):
    return list(export(memory._engine, "default", scope, branch, **options))


def bring_in(memory, lines, branch="main"):
    return import_(memory._engine, Place("default", branch), lines)


def live(memory):
    """Write a life: statements, versions of every kind, images, branches."""
    said = {"role": "user", "name": "Ann", "content": 'Ключ 鍵穴 🗝️ \u2028 "quoted"\nline'}
    first = memory.add(said, user_id="ann", run_id="r1", infer=False, metadata={"k": [1, {"ü": None}]})
    memory_id = first["results"][0]["id"]
    memory.update(memory_id, "second text", metadata={"more": True}, expiration_date="2030-01-01")
    memory.supersede(memory_id, "third text")
    memory.add("I live in Berlin. I love green tea.", user_id="ann", timestamp="2020-02-29T12:00:00Z")
    memory.add("I live in Paris now.", user_id="ann")
    gone = memory.add("to be deleted", user_id="ann", agent_id="helper", infer=False)
    memory.delete(gone["results"][0]["id"])
    memory.add("what is the time?", user_id="ann", app_id="clock")
    memory.add("bob's own", user_id="bob", infer=False)
    return memory_id


def everything(memory, branch="main", **scope):
    found = memory.get_all(**scope, include_superseded=True, show_expired=True, limit=100, branch=branch)["results"]
    return sorted(found, key=lambda record: record["id"])


@pytest.mark.parametrize("include_vectors", [True, False])
def test_export_import_export_gives_equal_lines(memory, other, include_vectors):
    live(memory)
    lines = lines_of(memory, include_vectors=include_vectors)
    report = bring_in(other, lines)
    assert lines_of(other, include_vectors=include_vectors) == lines
    assert report["embedded"] == (0 if include_vectors else sum('"indexed":true' in line for line in lines))


def test_everything_reads_as_it_did(memory, other):
    memory_id = live(memory)
    bring_in(other, lines_of(memory))
    for user in ("ann", "bob"):
        assert everything(other, user_id=user) == everything(memory, user_id=user)
    told = [(row["event"], row["old_memory"], row["new_memory"]) for row in memory.history(memory_id)]
    assert [(row["event"], row["old_memory"], row["new_memory"]) for row in other.history(memory_id)] == told
    assert [s["quote"] for s in other.why(memory_id)["sources"]] == [
        s["quote"] for s in memory.why(memory_id)["sources"]
    ]
    question = {"query": "Where does Ann live?", "user_id": "ann"}
    assert other.search(**question)["results"] == memory.search(**question)["results"]
    assert other._engine.store.rebuild("default")["equal"] is True


def test_a_scope_is_exported_without_the_others(memory, other):
    live(memory)
    bring_in(other, lines_of(memory, Scope("default", user_id="ann", run_id="r1")))
    assert [record["memory"] for record in everything(other, user_id="ann")] == ["second text", "third text"]
    assert everything(other, user_id="bob") == []


def test_a_branch_is_exported_as_it_is_seen(memory, other):
    memory.add("on main before", user_id="ann", infer=False)
    memory.fork("try")
    memory.add("on main after", user_id="ann", infer=False)
    kept = memory.add("on the branch", user_id="ann", infer=False, branch="try")["results"][0]["id"]
    memory.update(kept, "changed on the branch", branch="try")
    lines = lines_of(memory, branch="try")
    assert not any("on main after" in line for line in lines)
    bring_in(other, lines)
    assert everything(other, user_id="ann") == everything(memory, "try", user_id="ann")
    assert lines_of(other) == lines


def test_importing_twice_changes_nothing(memory, other):
    live(memory)
    lines = lines_of(memory)
    first = bring_in(other, lines)
    before = other._engine.store.size_bytes()
    second = bring_in(other, lines)
    assert second == {"memories": 0, "versions": 0, "episodes": 0, "skipped": first["memories"], "embedded": 0,
                      "operation_ids": []}  # fmt: skip
    assert lines_of(other) == lines
    assert other._engine.store.size_bytes() == before


def test_importing_into_the_store_it_came_from_changes_nothing(memory):
    live(memory)
    lines = lines_of(memory)
    assert bring_in(memory, lines)["memories"] == 0
    assert lines_of(memory) == lines


def test_what_was_erased_comes_back_from_an_export(memory):
    live(memory)
    lines, before = lines_of(memory), everything(memory, user_id="ann")
    erase(memory._engine, PLACE, ANN)
    bring_in(memory, lines)
    assert everything(memory, user_id="ann") == before
    assert memory._engine.store.rebuild("default")["equal"] is True


def test_another_model_embeds_anew_and_finds(memory, open_memory):
    live(memory)
    letters = open_memory("letters", embedder=Letters())
    report = bring_in(letters, lines_of(memory))
    assert report["embedded"] > 0
    assert letters._engine.store.embedding_models() == {"letters": report["embedded"]}
    assert letters.search("Paris", user_id="ann")["results"][0]["memory"] == "User lives in Paris now"


def test_an_import_is_undone_like_any_operation(memory, other):
    live(memory)
    report = bring_in(other, lines_of(memory))
    for operation_id in report["operation_ids"]:
        other.undo(operation_id)
    assert everything(other, user_id="ann") == []


def test_large_files_become_several_operations_in_one_transaction(memory, other):
    memory.add([{"role": "user", "content": f"note {n}"} for n in range(1200)], user_id="ann", infer=False)
    report = bring_in(other, lines_of(memory))
    assert len(report["operation_ids"]) == 3
    assert other.get_all(user_id="ann", limit=1)["total"] == report["memories"] == 1200


def test_an_import_to_a_branch_stays_there(memory, other):
    live(memory)
    other.fork("try")
    bring_in(other, lines_of(memory), "try")
    assert everything(other, user_id="ann") == []
    assert everything(other, "try", user_id="ann") == everything(memory, user_id="ann")


def test_ids_of_another_project_are_refused(memory, open_memory):
    live(memory)
    sibling = open_memory("first", project="sibling")
    with pytest.raises(ConflictError, match="another project"):
        import_(sibling._engine, Place("sibling"), lines_of(memory))
    assert sibling.get_all(user_id="ann")["total"] == 0


def test_another_text_under_a_known_id_is_refused(memory):
    live(memory)
    lines = [line.replace("third text", "forged text") for line in lines_of(memory)]
    with pytest.raises(ConflictError, match="another content"):
        bring_in(memory, lines)


# -- malformed files ------------------------------------------------------------------------------------------------


def edited(lines, kind, changes):
    """Return the lines with the first of a kind changed, and its number; ``vector`` is a content with one."""
    at = next(
        n for n, line in enumerate(lines) if kind in (json.loads(line)["type"], *json.loads(line).keys() & {"vector"})
    )
    data = {name: value for name, value in (json.loads(lines[at]) | changes).items() if value is not ...}
    return [*lines[:at], json.dumps(data), *lines[at + 1 :]], at + 1


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("header", {"format": "other"}, "the form is other 1"),
        ("header", {"version": 2}, "the form is ramet-export 2"),
        ("scope", {"user_id": "*", "run_id": "r"}, "wildcard"),
        ("scope", {"user_id": ..., "run_id": ..., "app_id": ..., "agent_id": ...}, "No id was given"),
        ("scope", {"ref": -1}, "number"),
        ("scope", {"project": "other"}, "unknown"),
        ("content", {"text": 7}, "text"),
        ("content", {"text": ...}, "text is missing"),
        ("content", {"text": "\ud800"}, "Unicode"),
        ("content", {"metadata": [1]}, "metadata"),
        ("content", {"slot": ["a"]}, "slot"),
        ("vector", {"vector": "!"}, "base64"),
        ("vector", {"vector": "AAAA"}, "bytes"),
        ("vector", {"tokens": "AAAA"}, "token vectors"),
        ("vector", {"indexed": False}, "not indexed"),
        ("content", {"extra": 1}, "'extra' is unknown"),
        ("episode", {"content": "nobody"}, "content nobody is unknown"),
        ("episode", {"said": 1.5}, "said"),
        ("version", {"scope": 99}, "scope"),
        ("version", {"kind": "rumour"}, "kind"),
        ("version", {"state": ["active"]}, "state"),
        ("version", {"created": True}, "created"),
        ("version", {"said": 10**18}, "said"),
        ("version", {"said": ...}, "said is missing"),
        ("version", {"sources": [["nobody", 0, 1]]}, "episode nobody is unknown"),
        ("version", {"sources": [["x", 0]]}, "sources"),
        ("version", {"id": ""}, "id"),
        ("version", {"type": "verse"}, "the type is 'verse'"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(memory, other, kind, changes, why):
    live(memory)
    lines, number = edited(lines_of(memory), kind, changes)
    with pytest.raises(ValidationError) as caught:
        bring_in(other, lines)
    assert str(caught.value).startswith(f"Line {number} of the import")
    assert why in caught.value.message
    assert (other._engine.store.projects(), other._engine.store.embedding_models()) == ([], {})


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ([], 1),
        (["{"], 1),
        (["[]"], 1),
        (['{"type":[]}'], 1),
        (["", "[" * 100_000], 2),
        (['{"type":"scope","ref":1,"user_id":"ann"}'], 1),
        (['{"type":"header","format":"ramet-export","version":1,"model":"m"}'] * 2, 2),
        (
            [
                '{"type":"header","format":"ramet-export","version":1,"model":"m"}',
                '{"type":"content","id":"c","text":"nobody needs me"}',
            ],
            2,
        ),
    ],
)
def test_no_file_at_all_is_refused_with_a_line_number(other, lines, number):
    with pytest.raises(ValidationError, match=f"^Line {number} "):
        bring_in(other, lines)


def test_versions_of_one_memory_must_stand_together(memory, other):
    live(memory)
    lines = lines_of(memory)
    again = next(line for line in lines if '"type":"version"' in line)
    with pytest.raises(ValidationError, match=f"Line {len(lines)} .*apart"):
        bring_in(other, [*lines[:-1], again])


def test_a_memory_that_recall_could_not_find_is_refused(memory, other):
    live(memory)
    lines, _ = edited(lines_of(memory), "vector", {"indexed": False, "vector": ...})
    with pytest.raises(ValidationError, match="not marked as indexed"):
        bring_in(other, lines)


def test_a_content_of_two_scopes_is_refused(memory, other):
    memory.add("mine", user_id="ann", infer=False)
    lines = lines_of(memory)
    version = next(json.loads(line) for line in lines if '"type":"version"' in line)
    forged = json.dumps(version | {"id": "m2", "scope": 9, "sources": []})
    with pytest.raises(ValidationError, match="two scopes"):
        bring_in(other, [*lines[:-1], '{"type":"scope","ref":9,"user_id":"bob"}', forged])


@pytest.mark.parametrize("kept", [1, -5, -2, -1])
def test_a_file_that_was_cut_off_is_refused(memory, other, kept):
    live(memory)
    with pytest.raises(ValidationError, match=r"cut off|nothing refers"):
        bring_in(other, lines_of(memory)[:kept])
    assert not list(other.export())[1:-1]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.data())
def test_any_other_value_in_any_member_is_taken_or_refused_cleanly(tmp_path_factory, data):
    with Memory(tmp_path_factory.mktemp("a"), embedder=Letters()) as memory:
        memory.add({"role": "user", "name": "Ann", "content": "I live in Berlin."}, user_id="ann")
        lines = lines_of(memory)
    at = data.draw(st.integers(0, len(lines) - 1))
    line = json.loads(lines[at])
    name = data.draw(st.sampled_from(sorted(line)))
    lines[at] = json.dumps(line | {name: data.draw(JSON_VALUES)})
    with Memory(tmp_path_factory.mktemp("b"), embedder=Letters()) as other:
        try:
            bring_in(other, lines)
        except ValidationError:
            assert other._engine.store.projects() == []
        else:
            assert other._engine.store.rebuild("default")["equal"] is True
            list(map(other.history, [record["id"] for record in everything(other, user_id="ann")]))


# -- mem0 -----------------------------------------------------------------------------------------------------------

M1, M2, M3 = (f"01890000-0000-7000-8000-00000000000{n}" for n in range(3))


@pytest.fixture
def mem0_directory(tmp_path):
    """A store as mem0 2.2.1 leaves it: its own Qdrant collection and its own history manager."""
    storage = pytest.importorskip("mem0.memory.storage")
    qdrant = pytest.importorskip("mem0.vector_stores.qdrant")
    path = tmp_path / "qdrant"
    vectors = qdrant.Qdrant("mem0", 4, path=str(path))
    vectors._bm25_encoder = False
    payloads = [
        {"data": "Likes tea, really", "hash": "h", "text_lemmatized": "like tea", "user_id": "ann", "run_id": "r1",
         "created_at": "2024-01-02T03:04:05.678901+00:00", "updated_at": "2024-02-02T00:00:00+02:00", "role": "user",
         "actor_id": "Ann", "topic": {"deep": [1, None]}, "expiration_date": "2030-01-01"},
        {"data": "Steps: 1. 2.", "agent_id": "helper", "created_at": "2024-03-03T00:00:00+00:00",
         "memory_type": "procedural_memory"},
    ]  # fmt: skip
    vectors.insert([[1.0, 2.0, 3.0, 4.0]] * 2, payloads, [M1, M2])
    vectors.client.close()
    history = storage.SQLiteManager(str(tmp_path / "history.db"))
    history.add_history(M1, None, "Likes tea", "ADD", created_at="2024-01-02T03:04:05.678901+00:00", role="user")
    history.add_history(
        M1, "Likes tea", "Likes tea, really", "UPDATE", created_at="2024-01-02T03:04:05.678901+00:00",
        updated_at="2024-02-01T22:00:00+00:00", role="user",
    )  # fmt: skip
    history.add_history(M3, "Had a cat", None, "DELETE", created_at="2024-01-01T00:00:00+00:00", is_deleted=1)
    history.close()
    return path


def from_mem0(memory, path):
    return import_mem0(memory._engine, PLACE, read_mem0(path, history=path.parent / "history.db"))


def test_what_mem0_stored_is_taken_over(memory, mem0_directory):
    report = from_mem0(memory, mem0_directory)
    assert (report["memories"], report["versions"], report["deleted"]) == (2, 3, 1)
    record = memory.get(M1)
    expected = {
        "memory": "Likes tea, really",
        "user_id": "ann",
        "run_id": "r1",
        "created_at": "2024-01-02T03:04:05.678901+00:00",
        "updated_at": "2024-02-01T22:00:00+00:00",
        "metadata": {"topic": {"deep": [1, None]}},
        "actor_id": "Ann",
        "role": "user",
        "expiration_date": "2030-01-01",
    }
    assert expected.items() <= record.items()
    told = [(row["event"], row["old_memory"], row["new_memory"]) for row in memory.history(M1)]
    assert told == [("ADD", None, "Likes tea"), ("UPDATE", "Likes tea", "Likes tea, really")]
    assert memory.get(M2)["kind"] == "procedure"
    assert memory.search("tea", user_id="ann")["results"][0]["id"] == M1


def test_taking_over_twice_changes_nothing(memory, mem0_directory):
    from_mem0(memory, mem0_directory)
    lines = lines_of(memory)
    report = from_mem0(memory, mem0_directory)
    assert (report["memories"], report["skipped"]) == (0, 2)
    assert lines_of(memory) == lines


def test_a_memory_of_nobody_is_named(memory, mem0_directory):
    data = read_mem0(mem0_directory)
    unowned = replace(data.points[0], payload={"data": "x"})
    with pytest.raises(ValidationError, match="No id was given") as caught:
        import_mem0(memory._engine, PLACE, replace(data, points=[unowned]))
    assert unowned.id in caught.value.message


class Malicious:
    def __reduce__(self):
        return (Path.touch, (Path("pwned"),))


@pytest.mark.parametrize("point", [Malicious(), [1], "text", None, {"payload": 1}])
def test_a_pickle_that_is_no_point_is_refused_and_runs_nothing(tmp_path, monkeypatch, point):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "collection" / "mem0"
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "storage.sqlite") as connection:
        connection.execute("CREATE TABLE points (id TEXT PRIMARY KEY, point BLOB)")
        connection.execute("INSERT INTO points VALUES ('x', ?)", (pickle.dumps(point),))
    connection.close()
    with pytest.raises(ValidationError, match="collection"):
        read_mem0(tmp_path)
    assert not (tmp_path / "pwned").exists()


def test_a_missing_collection_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"storage\.sqlite"):
        read_mem0(tmp_path)
