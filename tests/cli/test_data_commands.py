"""`ramet export`, `import`, `erase`, `receipt` and `memory context`."""

import json

import pytest


@pytest.fixture
def answers(monkeypatch):
    """Pretend that someone sits at a terminal."""
    monkeypatch.setattr("ramet.cli.terminal.is_interactive", lambda: True)


def listed(ramet, *options):
    return [r["memory"] for r in ramet("memory", "list", "--json", *options).json["results"]]


def test_what_was_exported_is_imported_elsewhere_with_its_history(ramet, added, tmp_path):
    memory = added("I like tea")
    ramet("memory", "edit", memory, "I like green tea")
    added("not hers", "-u", "bob")
    exported = ramet("export", "-u", "ann")
    file = tmp_path / "ann.jsonl"
    assert ramet("export", file, "-u", "ann").code == 0
    assert file.read_text("utf-8") == exported.out
    assert all(json.loads(line) for line in exported.out.split("\n") if line)

    other = ("--path", tmp_path / "other")
    done = ramet("import", file, *other)
    assert "Imported: 1 memory, 2 versions" in done.out
    assert listed(ramet, "-u", "ann", *other) == ["I like green tea"]
    assert len(ramet("memory", "history", memory, "--json", *other).json) == 2
    assert ramet("import", "-", *other, "--json", stdin=exported.out).json["skipped"] == 1


def test_an_export_does_not_replace_a_file_unasked(ramet, added, tmp_path):
    added("I like tea")
    file = tmp_path / "all.jsonl"
    file.write_text("mine")
    refused = ramet("export", file)
    assert (refused.code, file.read_text()) == (2, "mine")
    assert "--force" in refused.err
    assert ramet("export", file, "--force").code == 0
    assert file.read_text() != "mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["all.jsonl"]


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"garbage\n", "Line 1 of the import can't be read"), (b"\xff\n", "Line 1 of - is not UTF-8"), (b"", "header")],
)
def test_an_import_of_something_else_is_refused_and_writes_nothing(ramet, data, message):
    done = ramet("import", "-", stdin=data)
    assert done.code == 2
    assert message in done.err


def test_an_erase_must_be_confirmed(ramet, added):
    added("I like tea")
    refused = ramet("erase", "-u", "ann")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert listed(ramet, "-u", "ann") == ["I like tea"]


def test_the_id_is_typed_to_confirm(ramet, added, answers):
    added("I like tea")
    refused = ramet("erase", "-u", "ann", stdin="bob\n")
    assert refused.code == 2
    assert "1 memory on main" in refused.err
    assert "Nothing was erased" in refused.err
    done = ramet("erase", "-u", "ann", stdin="ann\n")
    assert done.code == 0
    assert done.json["counts"]["memories"] == 1
    assert listed(ramet, "-u", "ann") == []


def test_a_receipt_is_kept_and_verified(ramet, added, tmp_path):
    added("I like tea")
    file = tmp_path / "receipt.json"
    done = ramet("erase", "-u", "ann", "--yes", "--receipt", file)
    assert (done.code, done.out) == (0, "")
    assert ramet("receipt", "verify", file).out.startswith("valid")
    checked = ramet("receipt", "verify", file, "--store", "--json").json
    assert checked == {"valid": True, "problems": [], "checked_against_store": True}


def test_a_changed_receipt_is_found_out(ramet, added):
    added("I like tea")
    receipt = ramet("erase", "-u", "ann", "--yes").json
    receipt["counts"]["memories"] = 7
    done = ramet("receipt", "verify", "-", stdin=json.dumps(receipt))
    assert done.code == 1
    assert "The signature does not match" in done.out


def test_a_receipts_file_is_never_replaced_and_nothing_is_erased_without_it(ramet, added, tmp_path):
    added("I like tea")
    (tmp_path / "there").write_text("mine")
    for name, message in (("there", "exists"), ("no/such/directory", "can't be written")):
        done = ramet("erase", "-u", "ann", "--yes", "--receipt", tmp_path / name)
        assert done.code == 2
        assert message in done.err
    assert listed(ramet, "-u", "ann") == ["I like tea"]


def test_context_is_a_block_within_its_budget(ramet, added):
    added("I like green tea")
    done = ramet("memory", "context", "tea", "-u", "ann", "--max-tokens", "200")
    assert "I like green tea" in done.out
    found = ramet("memory", "context", "tea", "-u", "ann", "--json").json
    assert set(found) >= {"text", "tokens", "citations"}
