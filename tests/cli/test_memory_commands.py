"""`ramet memory …` in this process."""

import json

import pytest


def test_what_was_said_is_found_and_shown(ramet, added):
    tea = added("I like green tea")
    added("The train to Porto leaves at nine")
    found = ramet("memory", "search", "which tea?", "-u", "ann", "--json").json
    assert found["results"][0]["id"] == tea
    shown = ramet("memory", "show", tea)
    assert "I like green tea" in shown.out
    assert "user ann" in shown.out
    assert ramet("memory", "search", "which tea?", "-u", "ann").out.index("green tea") > 0


def test_statements_are_drawn_from_a_text_unless_told_otherwise(ramet):
    done = ramet("memory", "add", "I live in Lisbon and I like green tea.", "-u", "ann")
    assert "+ User lives in Lisbon" in done.out
    assert "ramet memory undo" in done.err


def test_nothing_to_remember_is_said(ramet):
    done = ramet("memory", "add", "Hi!", "-u", "ann")
    assert (done.code, done.out) == (0, "")
    assert "--no-infer" in done.err


@pytest.mark.parametrize("argument", [(), ("-",)])
def test_a_text_can_be_piped_in(ramet, argument):
    done = ramet("memory", "add", *argument, "-u", "ann", "--no-infer", "--json", stdin="I like tea\n")
    assert done.json["results"][0]["memory"] == "I like tea"


LINES = '{"role": "user", "content": "one\u2028two"}\n\n{"role": "assistant", "content": "three"}\n'


@pytest.mark.parametrize(
    "text",
    [LINES, json.dumps([json.loads(line) for line in LINES.split("\n") if line])],
    ids=["lines", "list"],
)
def test_messages_come_from_a_file_or_a_pipe(ramet, tmp_path, text):
    file = tmp_path / "messages.jsonl"
    file.write_text(text, "utf-8")
    options = ("-u", "ann", "--no-infer", "--json")
    from_file = ramet("memory", "add", "--messages", file, *options).json["results"]
    piped = ramet("memory", "add", "--messages", "-", *options, "-b", "main", "-r", "other", stdin=text).json["results"]
    assert [r["memory"] for r in from_file] == [r["memory"] for r in piped] == ["one\u2028two", "three"]
    assert [r["role"] for r in from_file] == ["user", "assistant"]


def test_a_json_object_of_messages_is_understood(ramet):
    text = json.dumps({"messages": [{"role": "user", "content": "I like tea"}]})
    done = ramet("memory", "add", "--messages", "-", "-u", "ann", "--no-infer", "--json", stdin=text)
    assert [r["memory"] for r in done.json["results"]] == ["I like tea"]


def test_metadata_is_json_where_it_can_be_and_filters_read_it(ramet, added):
    added("Tea at four", "-m", "hour=4", "-m", "tags=[1, 2]", "-m", "who=Ann = Bea", "-m", "flag=true")
    (record,) = ramet("memory", "list", "-u", "ann", "--json").json["results"]
    assert record["metadata"] == {"hour": 4, "tags": [1, 2], "who": "Ann = Bea", "flag": True}
    match = ramet("memory", "list", "-u", "ann", "--filter", '{"hour": {"gte": 4}}', "--json").json
    miss = ramet("memory", "list", "-u", "ann", "--filter", '{"hour": {"gt": 4}}', "--json").json
    assert (match["total"], miss["total"]) == (1, 0)


def test_a_list_is_paged_and_says_so(ramet, added):
    for n in range(5):
        added(f"number {n}")
    first = ramet("memory", "list", "-u", "ann", "-n", "2")
    assert [line.split()[2] for line in first.out.splitlines()[1:]] == ["0", "1"]
    assert "1 to 2 of 5 memories. --page 2 shows the next." in first.err
    last = ramet("memory", "list", "-u", "ann", "-n", "2", "--page", "3")
    assert "number 4" in last.out
    assert "5 to 5 of 5 memories." in last.err
    assert "shows the next" not in last.err
    assert "Page 9 is empty: there are 5 memories" in ramet("memory", "list", "-u", "ann", "--page", "9").err


def test_an_empty_scope_says_how_to_add(ramet):
    for command in (("list",), ("search", "tea")):
        done = ramet("memory", *command, "-u", "ann")
        assert (done.code, done.out) == (0, "")
        assert 'No memory of user ann matches. Add one with: ramet memory add --user ann "…"' in done.err


def test_explain_shows_every_term_of_the_score(ramet, added):
    added("I like green tea")
    record = ramet("memory", "search", "tea", "-u", "ann", "--explain", "--json").json["results"][0]
    shown = ramet("memory", "search", "tea", "-u", "ann", "--explain").out
    for name, value in record["score_details"].items():
        assert (name in shown) == bool(value)


def test_edit_history_why_undo_tell_one_story(ramet, added):
    memory = added("The shop closes at six")
    done = ramet("memory", "edit", memory, "The shop closes at seven", "--json").json
    timeline = ramet("memory", "history", memory).out
    assert timeline.index("ADD") < timeline.index("UPDATE") < timeline.index("was: The shop closes at six")
    assert "The shop closes at six" in ramet("memory", "why", memory).out
    ramet("memory", "undo", done["operation_id"])
    assert ramet("memory", "show", memory, "--json").json["memory"] == "The shop closes at six"


def test_why_marks_the_quote_where_there_is_no_colour(ramet):
    text = "Hello there. I work at Acme. Bye now."
    done = ramet("memory", "add", text, "-u", "ann", "--json").json["results"]
    (memory,) = [r["id"] for r in done if "Acme" in r["memory"]]
    assert "«I work at Acme.»" in ramet("memory", "why", memory).out


def test_an_expiration_date_is_set_and_removed(ramet, added):
    memory = added("A voucher", "--expires", "2020-01-31")
    assert ramet("memory", "list", "-u", "ann", "--json").json["total"] == 0
    assert ramet("memory", "list", "-u", "ann", "--expired", "--json").json["total"] == 1
    ramet("memory", "edit", memory, "--never-expires")
    assert ramet("memory", "list", "-u", "ann", "--json").json["total"] == 1


def test_supersede_and_merge_keep_what_was(ramet, added):
    old = added("I live in Lisbon")
    new = ramet("memory", "supersede", old, "I live in Porto", "--json").json["results"][0]["id"]
    other = added("Porto is home")
    merged = ramet("memory", "merge", new, other, "--text", "Home is Porto", "--json").json["results"][0]["id"]
    live = ramet("memory", "list", "-u", "ann", "--json").json["results"]
    assert [r["id"] for r in live] == [merged]
    assert ramet("memory", "list", "-u", "ann", "--superseded", "--json").json["total"] == 4


def test_forget_one_and_all(ramet, added):
    memory = added("one")
    added("two")
    added("three")
    assert "1 memory forgotten." in ramet("memory", "forget", memory).out
    done = ramet("memory", "forget", "--all", "-u", "ann")
    assert "2 memories forgotten." in done.out
    ramet("memory", "undo", done.err.split()[-1])
    assert ramet("memory", "list", "-u", "ann", "--json").json["total"] == 2


def test_a_part_of_an_id_is_enough_within_a_scope(ramet, added):
    memory = added("I like tea")
    added("I like coffee")
    by_end = ramet("memory", "show", memory[-8:], "-u", "ann", "--json")
    by_begin = ramet("memory", "show", memory[:-1], "-u", "ann", "--json")
    assert by_end.json["id"] == by_begin.json["id"] == memory
    ambiguous = ramet("memory", "forget", memory[:6], "-u", "ann")
    assert ambiguous.code == 2
    assert "fits 2 memories" in ambiguous.err
    assert ramet("memory", "list", "-u", "ann", "--json").json["total"] == 2


def test_the_past_can_be_asked(ramet, added):
    added("I live in Lisbon", "--timestamp", "2024-05-01")
    asked = ("memory", "list", "-u", "ann", "--json")
    assert ramet(*asked, "--as-of", "2024-06-01").json["total"] == 1
    assert ramet(*asked, "--as-of", "2024-04-01").json["total"] == 0
    assert ramet(*asked, "--known-at", "2024-06-01").json["total"] == 0


def test_the_same_key_writes_once(ramet):
    first, second = (ramet("memory", "add", "tea", "-u", "ann", "--key", "k", "--json").json for _ in range(2))
    assert first["operation_id"] == second["operation_id"]


def test_projects_and_paths_are_apart(ramet, added, tmp_path):
    added("in the default project")
    added("in another", "--project", "other")
    added("elsewhere", "--path", tmp_path / "elsewhere")
    for options, wanted in (
        ((), "in the default project"),
        (("--project", "other"), "in another"),
        (("--path", tmp_path / "elsewhere"), "elsewhere"),
    ):
        records = ramet("memory", "list", "-u", "ann", "--json", *options).json["results"]
        assert [r["memory"] for r in records] == [wanted]


def test_stored_text_cannot_drive_the_terminal(ramet, added):
    memory = added("red \x1b[31malert\x07 [bold]markup[/bold] \u202eesrever")
    for command in (("list", "-u", "ann"), ("show", memory), ("history", memory), ("why", memory)):
        out = ramet("memory", *command).out
        assert "\x1b" not in out
        assert "\x07" not in out
        assert "\u202e" not in out
        assert "[bold]markup[/bold]" in out
    assert "\x1b[31m" in ramet("memory", "show", memory, "--json").json["memory"]


def test_other_embedders_vectors_are_refused_until_reembedded(ramet, added):
    added("I like green tea")
    refused = ramet("memory", "list", "-u", "ann", "--embedder", "default")
    assert refused.code == 1
    assert "ramet memory reembed" in refused.err
    done = ramet("memory", "reembed", "--embedder", "default", "--json").json
    assert done["reembedded"] == 1
    found = ramet("memory", "search", "a hot drink", "-u", "ann", "--embedder", "default", "--json").json
    assert found["results"][0]["memory"] == "I like green tea"
    assert ramet("memory", "reembed", "--embedder", "default", "--json").json["reembedded"] == 0
