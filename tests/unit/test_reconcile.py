"""What becomes of a fact beside what is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.memory.extract import extract
from ramet.memory.model import Fact, Slot, Utterance
from ramet.memory.reconcile import Candidate, Event, Known, reconcile, slots_ended_by, text_key


def fact_of(text, since_us=None):
    """A fact as the extractor gives it for one sentence."""
    (fact,) = extract([Utterance(text)])
    return Fact(fact.text, fact.kind, slot=fact.slot, valid_from_us=since_us)


def candidate(text, similar=(), since_us=None):
    return Candidate(fact_of(text, since_us), similar)


def known(memory_id, text, since_us=None):
    fact = fact_of(text)
    return Known(memory_id, fact.text, fact.slot, fact.kind, since_us)


def decide(text, *there, similar=(), since_us=None):
    (decision,) = reconcile([candidate(text, similar, since_us)], there)
    return decision.event, decision.targets


def carried_out(facts, there):
    """The active memories after the decisions on `facts` were carried out."""
    decisions = reconcile(facts, there)
    active = {memory.memory_id: memory for memory in there}
    for decision in decisions:
        if decision.event in {Event.UPDATE, Event.DELETE}:
            for target in decision.targets:
                del active[target]
    for decision in decisions:
        overtaken = decision.superseded_by is not None or decision.superseded_by_fact is not None
        if decision.event in {Event.ADD, Event.UPDATE} and not overtaken:
            fact = facts[decision.fact].fact
            memory_id = f"new-{decision.fact}-{len(active)}"
            active[memory_id] = Known(memory_id, fact.text, fact.slot, fact.kind, fact.valid_from_us)
    return list(active.values())


def test_something_new_is_added():
    assert decide("I live in Berlin", known("a", "I love hiking")) == (Event.ADD, ())


@pytest.mark.parametrize("text", ["User lives in Berlin", "  user LIVES in\tberlin. ", "User lives in Berlin!"])
def test_the_same_text_changes_nothing(text):
    (decision,) = reconcile([Candidate(Fact(text))], [known("a", "I live in Berlin")])
    assert (decision.event, decision.targets) == (Event.NONE, ("a",))


def test_a_duplicate_within_the_batch_is_written_once():
    decisions = reconcile([candidate("I live in Berlin"), candidate("I live in Berlin!")], [])
    assert [d.event for d in decisions] == [Event.ADD, Event.NONE]


def test_another_value_of_an_exclusive_slot_supersedes_the_old():
    assert decide("I moved to Oslo", known("a", "I live in Berlin")) == (Event.UPDATE, ("a",))


def test_the_slot_of_someone_else_is_left_alone():
    assert decide("My sister Ann lives in Oslo", known("a", "I live in Berlin")) == (Event.ADD, ())


def test_likes_stand_beside_each_other():
    assert decide("I love tea", known("a", "I love coffee")) == (Event.ADD, ())


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("I love coffee", "I no longer like coffee"),
        ("I hate coffee", "I love coffee"),
        ("I work at Acme", "I quit my job at Acme"),
        ("I work at Acme", "I quit my job."),
        ("I live in Rome", "I moved away from Rome"),
        ("I use Docker", "I stopped using Docker"),
    ],
)
def test_the_other_polarity_of_a_value_supersedes_it(then, now):
    assert decide(now, known("a", then)) == (Event.UPDATE, ("a",))


def test_the_end_of_something_else_supersedes_nothing():
    assert decide("I moved away from Rome", known("a", "I live in Oslo")) == (Event.ADD, ())


def test_progress_is_superseded_step_by_step():
    learning, finished = known("a", "I'm learning Python"), known("b", "I finished the Python course")
    assert decide("I finished the Python course", learning) == (Event.UPDATE, ("a",))
    assert decide("I got a job as a Python developer", finished) == (Event.UPDATE, ("b",))
    assert decide("I got a job as a Rust developer", finished) == (Event.ADD, ())


def test_a_job_names_the_progress_that_it_may_end():
    slots = slots_ended_by(Slot("user", "job_title", "Python developer"))
    assert [slot.attribute for slot in slots] == ["job_title", "learning:python", "learning:developer"]


def test_what_arrives_late_does_not_overwrite_what_is_newer():
    (decision,) = reconcile(
        [candidate("I moved to Oslo", since_us=10)],
        [known("newer", "I live in Berlin", 20), known("c", "I love tea", 30)],
    )
    assert (decision.event, decision.targets, decision.superseded_by) == (Event.ADD, (), "newer")


def test_said_time_dates_a_fact_without_a_date():
    late = Candidate(fact_of("I live in Oslo"), said_us=10)
    (decision,) = reconcile([late], [known("newer", "I live in Berlin", 20)])
    assert decision.superseded_by == "newer"


def test_within_a_batch_the_later_statement_wins():
    first, second = reconcile([candidate("I live in Rome"), candidate("I moved to Oslo")], [])
    assert (first.event, first.superseded_by_fact) == (Event.ADD, 1)
    assert (second.event, second.superseded_by_fact) == (Event.ADD, None)


def test_within_a_batch_dates_count_more_than_order():
    facts = [candidate("I moved to Oslo", since_us=20), candidate("I moved to Rome", since_us=10)]
    newer, older = reconcile(facts, [])
    assert newer.superseded_by_fact is None
    assert older.superseded_by_fact == 0


def test_a_known_denial_deletes_what_it_denies():
    there = [known("no", "I no longer like coffee", 5), known("yes", "I love coffee", 1)]
    assert decide("I no longer like coffee", *there) == (Event.DELETE, ("yes",))


def near(text, other, cosine=0.95):
    return decide(text, known("a", other), similar=[("a", cosine)])


def test_a_near_duplicate_that_says_less_changes_nothing():
    assert near("I bought a red car", "I bought a red Volvo car yesterday") == (Event.NONE, ("a",))


def test_a_near_duplicate_that_says_more_updates():
    assert near("I bought a red Volvo car yesterday", "I bought a red car") == (Event.UPDATE, ("a",))


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("I bought 3 red cars", "I bought 2 red cars"),
        ("I never bought a red car", "I bought a red car"),
        ("I visited Ann in the old hospital", "I visited Bob in the old hospital"),
    ],
)
def test_numbers_negations_and_names_keep_statements_apart(new, old):
    assert near(new, old) == (Event.ADD, ())


def test_far_vectors_are_not_compared():
    assert near("I bought a red car", "I bought a red Volvo car", cosine=0.5) == (Event.ADD, ())


def test_a_neighbour_that_is_not_known_is_no_target():
    assert decide("I bought a red car", similar=[("ghost", 0.99)]) == (Event.ADD, ())


@given(st.text())
def test_text_keys_are_stable(text):
    assert text_key(text_key(text)) == text_key(text)


_SENTENCES = st.sampled_from(
    [
        "I live in Rome", "I live in Oslo", "I moved away from Rome", "I love tea", "I hate tea",
        "I no longer like tea",
        "I work at Acme", "I quit my job at Acme", "I'm learning Python", "I finished the Python course",
        "I got a job as a Python developer", "My sister Ann lives in Oslo", "I bought a red car",
        "I bought a red Volvo car",
    ]
)  # fmt: skip
_TIMES = st.none() | st.integers(1, 5)
_FACTS = st.lists(st.builds(candidate, _SENTENCES, since_us=_TIMES), max_size=6)
_KNOWN = st.lists(st.tuples(_SENTENCES, _TIMES), max_size=4, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [known(f"m{n}", text, since) for n, (text, since) in enumerate(pairs)]
)


@given(_FACTS, _KNOWN)
def test_only_given_ids_are_targets_and_each_is_ended_once(facts, there):
    decisions = reconcile(facts, there)
    ids = {memory.memory_id for memory in there}
    assert [d.fact for d in decisions] == list(range(len(facts)))
    assert {target for d in decisions for target in d.targets} <= ids
    assert {d.superseded_by for d in decisions if d.superseded_by} <= ids
    ended = [t for d in decisions if d.event in {Event.UPDATE, Event.DELETE} for t in d.targets]
    assert len(ended) == len(set(ended))


@given(_SENTENCES, _KNOWN)
def test_a_fact_told_again_changes_nothing(text, there):
    after = carried_out([candidate(text)], there)
    assert [d.event for d in reconcile([candidate(text)], after)] == [Event.NONE]


_AFFIRMED = _SENTENCES.filter(lambda text: (slot := fact_of(text).slot) is None or slot.polarity)


@given(st.lists(_AFFIRMED, max_size=6, unique=True), st.randoms())
def test_exact_duplicates_are_found_in_any_order(sentences, random):
    there = [known(f"m{n}", text) for n, text in enumerate(sentences)]
    facts = random.sample([candidate(text) for text in sentences], len(sentences))
    assert [d.event for d in reconcile(facts, there)] == [Event.NONE] * len(facts)
    doubled = reconcile([f for fact in facts for f in (fact, fact)], [])
    assert [d.event for d in doubled[1::2]] == [Event.NONE] * len(facts)
