"""`ramet doctor` and `ramet rebuild`."""

import apsw
import pytest


def levels(outcome):
    return {check["name"]: check["level"] for check in outcome.json["checks"]}


def test_a_new_installation_is_well_and_nothing_is_made(ramet, home):
    done = ramet("doctor", "--json")
    assert done.code == 0
    assert set(levels(done).values()) == {"ok"}
    assert not home.exists()


def test_a_store_is_described(ramet, added):
    added("I like tea")
    ramet("branch", "fork", "try")
    out = ramet("doctor").out
    assert "1 project, 2 branches, 1 memory, 2 operations" in out
    assert "journal mode WAL" in out
    assert "1 text by ramet/static" in out


def test_another_models_vectors_fail_with_the_remedy(ramet, added):
    added("I like tea")
    done = ramet("doctor", "--embedder", "default")
    assert done.code == 1
    assert "ramet memory reembed --embedder default" in done.out


def test_an_unknown_embedder_fails_and_the_rest_is_still_checked(ramet):
    done = ramet("doctor", "--embedder", "fast", "--json")
    assert done.code == 1
    assert levels(done)["embedder"] == "fail"
    assert levels(done)["store"] == "ok"


def test_a_directory_open_to_others_is_a_warning(ramet, added, home):
    added("I like tea")
    home.chmod(0o755)
    done = ramet("doctor", "--json")
    assert done.code == 0
    assert levels(done)["directory"] == "warn"


def test_a_damaged_store_fails(ramet, added, home):
    added("I like tea")
    (home / "ramet.db").write_bytes(b"something else entirely" * 100)
    done = ramet("doctor", "--json")
    assert done.code == 1
    assert levels(done)["store"] == "fail"


def test_rebuild_finds_all_equal(ramet, added):
    added("I like tea")
    added("I like milk", "--project", "other")
    done = ramet("rebuild", "--json")
    assert done.code == 0
    assert done.json["equal"]
    assert set(done.json["projects"]) == {"default", "other"}
    assert "equal" in ramet("rebuild").out


def test_rebuild_repairs_and_says_what_differed(ramet, added, home):
    memory = added("I like tea")
    connection = apsw.Connection(str(home / "ramet.db"))
    connection.execute("DELETE FROM memory_version")
    connection.close()
    done = ramet("rebuild")
    assert done.code == 1
    assert "memory_version differed" in done.out
    assert ramet("rebuild").code == 0
    assert ramet("memory", "show", memory, "--json").json["memory"] == "I like tea"


@pytest.mark.parametrize("command", ["doctor", "rebuild"])
def test_with_nothing_there_nothing_is_wrong(ramet, command):
    assert ramet(command).code == 0


def test_a_file_in_the_directorys_place_fails(ramet, tmp_path):
    (tmp_path / "file").write_text("x")
    done = ramet("doctor", "--path", tmp_path / "file" / "below", "--json")
    assert done.code == 1
    assert levels(done)["directory"] == "fail"
