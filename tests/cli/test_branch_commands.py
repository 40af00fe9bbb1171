"""`ramet branch …` in this process."""


def test_a_branch_is_forked_compared_merged_and_deleted(ramet, added):
    tea = added("I like green tea")
    gone = added("I like milk")
    ramet("branch", "fork", "try")
    ramet("memory", "edit", tea, "I like black tea", "-b", "try")
    ramet("memory", "forget", gone, "-b", "try")
    added("I like coffee", "-b", "try")

    diff = ramet("branch", "diff", "try").out
    assert "+ I like coffee" in diff
    assert "- I like milk" in diff
    assert "~ I like green tea → I like black tea" in diff
    assert "1 added, 1 removed, 1 changed" in diff
    assert ramet("branch", "diff", "main", "try", "--json").json["added"][0]["memory"] == "I like coffee"

    assert ramet("branch", "merge", "try").code == 0
    assert "hold the same" in ramet("branch", "diff", "try").out
    live = ramet("memory", "list", "-u", "ann", "--json").json["results"]
    assert sorted(r["memory"] for r in live) == ["I like black tea", "I like coffee"]
    assert "try has nothing that main lacks" in ramet("branch", "merge", "try").err

    assert ramet("branch", "delete", "try").code == 0
    assert [b["name"] for b in ramet("branch", "list", "--json").json] == ["main"]


def test_branches_are_listed_with_their_parents(ramet):
    ramet("branch", "fork", "one")
    ramet("branch", "fork", "two", "--from", "one")
    rows = [line.split()[:2] for line in ramet("branch", "list").out.splitlines()[1:]]
    assert rows == [["main"], ["one", "main"], ["two", "one"]]


def test_a_branch_with_something_of_its_own_is_not_deleted_unasked(ramet, added):
    ramet("branch", "fork", "try")
    added("I like coffee", "-b", "try")
    refused = ramet("branch", "delete", "try")
    assert refused.code == 1
    assert "holds 1 memory that its parent lacks" in refused.err
    assert ramet("branch", "delete", "try", "--yes").code == 0


def test_what_both_sides_changed_is_shown(ramet, added):
    memory = added("The shop closes at six")
    ramet("branch", "fork", "try")
    ramet("memory", "edit", memory, "The shop closes at seven")
    ramet("memory", "edit", memory, "The shop closes at eight", "-b", "try")
    done = ramet("branch", "merge", "try")
    assert "kept:  The shop closes at eight (from try)" in done.out
    assert "aside: The shop closes at seven" in done.out
