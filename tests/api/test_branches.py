"""Branches through the public door."""

import pytest

from ramet import Memory
from ramet.kernel.errors import ConflictError, NotFoundError, ValidationError


def add(memory: Memory, text: str, branch: str = "main") -> str:
    return str(memory.add(text, infer=False, user_id="ann", branch=branch)["results"][0]["id"])


def texts(memory: Memory, branch: str = "main") -> set[str]:
    return {row["memory"] for row in memory.get_all(user_id="ann", branch=branch)["results"]}


def test_a_fork_sees_the_past_and_neither_side_sees_the_others_future(memory: Memory) -> None:
    add(memory, "before")
    memory.fork("idea")
    add(memory, "on main")
    add(memory, "on the idea", "idea")

    assert texts(memory) == {"before", "on main"}
    assert texts(memory, "idea") == {"before", "on the idea"}


def test_a_deletion_on_a_branch_stays_there(memory: Memory) -> None:
    kept = add(memory, "before")
    memory.fork("idea")
    memory.delete(kept, branch="idea")

    assert texts(memory) == {"before"}
    assert texts(memory, "idea") == set()
    assert memory.diff("main", "idea")["removed"][0]["id"] == kept


def test_merge_brings_what_was_learned(memory: Memory) -> None:
    kept = add(memory, "before")
    memory.fork("idea")
    memory.update(kept, "after", branch="idea")
    add(memory, "new", "idea")
    add(memory, "meanwhile")

    merged = memory.merge_branch("idea")

    assert merged["merged"] == 2
    assert merged["conflicts"] == []
    assert texts(memory) == {"after", "new", "meanwhile"}
    assert memory.merge_branch("idea")["merged"] == 0


def test_a_conflict_goes_to_the_later_write_and_keeps_the_loser(memory: Memory) -> None:
    kept = add(memory, "before")
    memory.fork("idea")
    memory.update(kept, "theirs", branch="idea")
    memory.update(kept, "mine")

    (conflict,) = memory.merge_branch("idea")["conflicts"]

    assert (conflict["kept"], conflict["sibling"]) == ("mine", "theirs")
    assert texts(memory) == {"mine"}
    assert "theirs" in [row["new_memory"] for row in memory.history(kept)]


def test_a_merge_can_be_undone(memory: Memory) -> None:
    kept = add(memory, "before")
    memory.fork("idea")
    memory.update(kept, "after", branch="idea")
    add(memory, "new", "idea")

    memory.undo(memory.merge_branch("idea")["operation_id"])

    assert texts(memory) == {"before"}
    assert texts(memory, "idea") == {"after", "new"}


def test_taking_mains_changes_first_makes_the_merge_back_free_of_conflicts(memory: Memory) -> None:
    kept = add(memory, "before")
    memory.fork("idea")
    memory.update(kept, "on main")
    memory.merge_branch("main", into="idea")
    memory.update(kept, "on both", branch="idea")

    assert memory.merge_branch("idea")["conflicts"] == []
    assert texts(memory) == {"on both"}


@pytest.mark.parametrize("deleted", [False, True])
def test_what_came_by_way_of_another_branch_is_known(memory: Memory, *, deleted: bool) -> None:
    memory.fork("idea")
    memory.fork("review")
    note = add(memory, "note", "idea")
    memory.merge_branch("idea", into="review")
    memory.merge_branch("review")
    if deleted:
        memory.delete_branch("review")
    memory.delete(note, branch="idea")

    merged = memory.merge_branch("idea")

    assert (merged["merged"], merged["conflicts"]) == (1, [])
    assert texts(memory) == set()


def test_a_base_outlives_its_branch(memory: Memory) -> None:
    memory.fork("idea")
    memory.fork("review")
    note = add(memory, "note", "idea")
    memory.merge_branch("idea", into="review")
    memory.merge_branch("idea")
    memory.delete_branch("idea")
    memory.update(note, "reviewed", branch="review")

    assert memory.merge_branch("review")["conflicts"] == []
    assert texts(memory) == {"reviewed"}


def test_deleting_a_branch_keeps_what_was_merged(memory: Memory) -> None:
    memory.fork("idea")
    kept = add(memory, "new", "idea")
    memory.merge_branch("idea")
    memory.delete_branch("idea")

    assert texts(memory) == {"new"}
    assert memory.why(kept)["sources"][0]["text"] == "new"
    assert [branch["name"] for branch in memory.branches()] == ["main"]


@pytest.mark.parametrize("name", ["", " ", "a b", "*", "x" * 129, "-x"])
def test_malformed_names_are_refused(memory: Memory, name: str) -> None:
    with pytest.raises(ValidationError, match="no name for a branch"):
        memory.fork(name)


def test_names_are_taken_once_and_must_exist(memory: Memory) -> None:
    memory.fork("idea")
    memory.fork("deeper", branch="idea")

    with pytest.raises(ConflictError, match="exists already"):
        memory.fork("idea")
    with pytest.raises(NotFoundError, match="was not found"):
        memory.search("x", user_id="ann", branch="nowhere")
    with pytest.raises(ConflictError, match="has children"):
        memory.delete_branch("idea")
    with pytest.raises(ConflictError, match="main"):
        memory.delete_branch("main")
