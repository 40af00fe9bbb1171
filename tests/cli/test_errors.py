"""Errors that a user can cause: one sentence, a hint, an exit code; never a traceback, nothing on stdout."""

import json

import pytest

NO_SUCH_ID = "01a1f8fa-f6b1-71c8-b0b5-4f8b988acb47"
CALLS = [
    (2, "No such command 'memroy'. Did you mean 'memory'?", ["memroy"]),
    (2, "No such command 'lst'. Did you mean 'list'?", ["memory", "lst"]),
    (2, "No such option: --usr", ["memory", "list", "--usr", "ann"]),
    (2, "Missing argument 'QUERY'", ["memory", "search", "-u", "ann"]),
    (2, "--top-k", ["memory", "search", "tea", "-u", "ann", "-k", "many"]),
    (2, "Give at least one of --user, --agent, --run, --app", ["memory", "list"]),
    (2, "Give at least one of --user, --agent, --run, --app", ["memory", "add", "tea"]),
    (2, "Give at least one of --user, --agent, --run, --app", ["erase", "--yes"]),
    (2, "--user is a wildcard", ["memory", "list", "-u", "*"]),
    (2, "--user is blank", ["memory", "add", "tea", "-u", " "]),
    (2, "--agent contains whitespace", ["memory", "add", "tea", "-a", "a b"]),
    (2, "is not UTF-8", ["memory", "add", "tea", "-u", "\udcff"]),
    (2, "holds no text", ["memory", "add", "-u", "ann"]),
    (2, "--metadata 'k' is no key=value", ["memory", "add", "tea", "-u", "ann", "-m", "k"]),
    (2, "--filter is no JSON", ["memory", "list", "-u", "ann", "--filter", "{a:1}"]),
    (2, "filter", ["memory", "list", "-u", "ann", "--filter", '{"a": {"near": 1}}']),
    (2, "--as-of is not a point in time: 'soon'", ["memory", "list", "-u", "ann", "--as-of", "soon"]),
    (2, "--expires is no day: 'never'", ["memory", "add", "tea", "-u", "ann", "--expires", "never"]),
    (2, "--top-k is -1", ["memory", "search", "tea", "-u", "ann", "-k", "-1"]),
    (2, "threshold is 7.0", ["memory", "search", "tea", "-u", "ann", "--threshold", "7"]),
    (2, "page counts from 1", ["memory", "list", "-u", "ann", "--page", "0"]),
    (2, "query is blank", ["memory", "search", " ", "-u", "ann"]),
    (2, "A procedural memory needs --agent", ["memory", "add", "tea", "-u", "ann", "--procedural"]),
    (2, "no embedder named 'fast'", ["memory", "list", "-u", "ann", "--embedder", "fast"]),
    (2, "A text and --messages were given", ["memory", "add", "tea", "--messages", "x", "-u", "ann"]),
    (2, "can't be read: No such file", ["memory", "add", "--messages", "/nowhere/x.jsonl", "-u", "ann"]),
    (2, "Nothing to change was given", ["memory", "edit", NO_SUCH_ID]),
    (2, "contradict each other", ["memory", "edit", NO_SUCH_ID, "--expires", "2030-01-01", "--never-expires"]),
    (2, "Say what to forget", ["memory", "forget", "-u", "ann"]),
    (2, "at least two different memory ids", ["memory", "merge", NO_SUCH_ID, "--text", "tea"]),
    (2, "'a b' is no name for a branch", ["branch", "fork", "a b"]),
    (2, "can't be merged into itself", ["branch", "merge", "main"]),
    (2, "--from is 'zep'", ["import", "x", "--from", "zep"]),
    (2, "can't be read: No such file", ["receipt", "verify", "/nowhere/receipt.json"]),
    (1, "was not found", ["memory", "show", NO_SUCH_ID]),
    (1, "has no history", ["memory", "history", NO_SUCH_ID]),
    (1, "was not found", ["memory", "why", NO_SUCH_ID]),
    (1, "was not found", ["memory", "edit", NO_SUCH_ID, "tea"]),
    (1, "was not found", ["memory", "forget", NO_SUCH_ID]),
    (1, "was not found", ["memory", "supersede", NO_SUCH_ID, "tea"]),
    (1, "is not the whole id of a memory", ["memory", "show", "988acb47"]),
    (1, "was not found", ["memory", "undo", NO_SUCH_ID]),
    (1, "Branch 'try' was not found", ["memory", "list", "-u", "ann", "--branch", "try"]),
    (1, "Branch 'try' was not found", ["branch", "diff", "try"]),
    (1, "Branch 'main' exists already", ["branch", "fork", "main"]),
    (1, "The branch main can't be deleted", ["branch", "delete", "main"]),
    (1, "There is no Ramet store in /nowhere", ["memory", "list", "-u", "ann", "--path", "/nowhere"]),
    (1, "There is no Ramet store in /nowhere", ["rebuild", "--path", "/nowhere"]),
    (1, "can't be opened or written", ["memory", "add", "tea", "-u", "ann", "--path", "/dev/null/x"]),
    (2, "is not UTF-8", ["memory", "show", "\udcff\udcfe"]),
    (2, "is not UTF-8", ["memory", "add", "caf\udce9", "-u", "ann"]),
    (2, "is not UTF-8", ["memory", "add", "x", "-u", "ann", "-m", "k=\udcff"]),
]


@pytest.mark.parametrize(("code", "message", "arguments"), CALLS, ids=[" ".join(map(ascii, c[2])) for c in CALLS])
def test_an_error_reads_well(ramet, code, message, arguments):
    done = ramet(*arguments)
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert message in done.err
    assert "Traceback" not in done.err
    assert "_id" not in done.err, "the library's names are not the command line's"


@pytest.mark.parametrize(("code", "message", "arguments"), CALLS, ids=[" ".join(map(ascii, c[2])) for c in CALLS])
def test_an_error_is_json_with_json(ramet, code, message, arguments):
    done = ramet(*arguments, "--json")
    assert (done.code, done.out) == (code, "")
    error = json.loads(done.err)["error"]
    assert {"code", "message", "remedy", "retryable", "details"} == set(error)
    assert error["message"]


def test_a_refused_call_writes_nothing(ramet):
    ramet("memory", "add", "tea", "-u", "ann", "--expires", "never")
    assert ramet("memory", "list", "-u", "ann", "--expired", "--json").json["total"] == 0


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (b"", "holds no text"),
        (b" \n", "holds no text"),
        (b"caf\xe9", "not UTF-8 (byte 3)"),
    ],
)
def test_a_pipe_that_holds_no_text_is_refused(ramet, stdin, message):
    done = ramet("memory", "add", "-", "-u", "ann", stdin=stdin)
    assert done.code == 2
    assert message in done.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"role": "user", "content": "a"}\n{"role":\n', "Line 2"),
        ("[]", "There are no messages"),
        ("7", "message 0 is int"),
        ('[{"role": 7, "content": "a"}]', "the role of message 0 is 7"),
    ],
)
def test_messages_that_are_none_are_refused(ramet, text, message):
    done = ramet("memory", "add", "--messages", "-", "-u", "ann", stdin=text)
    assert done.code == 2
    assert message in done.err


def test_a_file_that_is_no_store_is_refused(ramet, home):
    home.mkdir()
    (home / "ramet.db").write_bytes(b"something else entirely" * 100)
    done = ramet("memory", "list", "-u", "ann")
    assert done.code == 1
    assert "is damaged or is no Ramet store" in done.err


def test_a_bug_keeps_its_traceback(ramet, monkeypatch):
    monkeypatch.setattr("ramet.cli.terminal.write_json", lambda value: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ramet("branch", "list", "--json")
