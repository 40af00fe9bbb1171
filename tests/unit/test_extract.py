"""The built-in extractor: who is meant, when it was, where it stands, and what it never does."""

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.memory.extract import MAX_FACTS_PER_UTTERANCE, entities_in, extract
from ramet.memory.extract.when import resolve
from ramet.memory.model import EntityMention, MemoryKind, RelationMention, Utterance

SAID_US = 1_778_241_600_000_000  # 2026-05-08T12:00:00Z, a Friday


def day_us(year, month, day):
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000


def texts(*utterances):
    return [fact.text for fact in extract(utterances)]


def test_the_speaker_is_called_by_name_and_the_listener_too_when_only_two_speak():
    talk = [
        Utterance("I love hiking with your dog.", name="Ann", said_us=SAID_US),
        Utterance("I work at Acme.", role="assistant", name="Bob", said_us=SAID_US),
    ]
    assert texts(*talk) == ["Ann loves hiking with Bob's dog", "Bob works at Acme"]


def test_an_event_of_the_past_is_valid_from_its_day():
    (fact,) = extract([Utterance("yesterday I ran a marathon", said_us=SAID_US)])
    assert fact.kind is MemoryKind.EVENT
    assert fact.valid_from_us == day_us(2026, 5, 7)


def test_a_plan_holds_from_when_it_is_told():
    (fact,) = extract([Utterance("I'm flying to Rome next week.", said_us=SAID_US)])
    assert fact.kind is MemoryKind.EVENT
    assert fact.valid_from_us is None
    assert fact.text == "User is flying to Rome in the week of 11 May 2026"


def test_a_state_with_since_is_valid_from_then():
    (fact,) = extract([Utterance("I've been working at Siemens since 2019.", said_us=SAID_US)])
    assert fact.valid_from_us == day_us(2019, 1, 1)


def test_kinds():
    kinds = {fact.text: fact.kind for fact in extract([Utterance("I love tea. I live in Oslo. I bought a red car.")])}
    assert list(kinds.values()) == [MemoryKind.PREFERENCE, MemoryKind.FACT, MemoryKind.EVENT]


def test_relations_tie_the_named_person_and_not_the_speaker():
    (fact,) = extract([Utterance("My sister Ann works at Acme in Oslo")])
    assert fact.relations == (
        RelationMention("User", "SIBLING_OF", "Ann"),
        RelationMention("Ann", "WORKS_AT", "Acme"),
    )
    assert EntityMention("Ann", "person") in fact.entities
    assert EntityMention("Acme", "organisation") in fact.entities


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("We have a daughter named Emma.", RelationMention("User", "PARENT_OF", "Emma")),
        ("Karen is my boss.", RelationMention("User", "KNOWS", "Karen")),
        ("I'm married to Tom Baker.", RelationMention("User", "MARRIED_TO", "Tom Baker")),
        ("My dog Rex is old.", RelationMention("User", "HAS_PET", "Rex")),
        ("I don't like jazz.", RelationMention("User", "DISLIKES", "jazz")),
        ("We decided to use Postgres instead of MySQL.", RelationMention("User", "USES", "Postgres")),
        ("I'm originally from Sweden.", RelationMention("User", "FROM", "Sweden")),
        ("I study physics at MIT.", RelationMention("User", "STUDIES", "physics")),
    ],
)
def test_relations(text, relation):
    (fact,) = extract([Utterance(text)])
    assert fact.relations == (relation,)


def test_what_has_ended_states_no_relation():
    facts = extract([Utterance("I no longer like coffee. I stopped using Docker. I used to live in Rome.")])
    assert len(facts) == 3
    assert [fact.relations for fact in facts] == [(), (), ()]


@pytest.mark.parametrize("role", ["system", "developer", "tool"])
def test_only_people_speak_for_themselves(role):
    assert extract([Utterance("I live in Berlin.", role=role)]) == []


def test_an_assistant_counts_for_what_it_did_and_not_for_talk():
    talk = Utterance("I've booked a table at Luigi's for 7 pm. I love Italian food.", role="assistant")
    assert texts(talk) == ["Assistant booked a table at Luigi's for 7 pm"]


def test_a_recommendation_counts_once_it_is_accepted():
    proposal = Utterance("I'd recommend using Postgres for your billing service.", role="assistant")
    expected = ["Assistant recommended using Postgres for User's billing service"]
    assert texts(proposal, Utterance("Sounds good.")) == expected
    assert texts(proposal, Utterance("No, thanks.")) == []
    assert texts(proposal) == []


def test_injected_context_is_not_heard_and_spans_refer_to_the_original():
    text = "Hi!\n<ramet-context v=1>\nI live in Berlin.\n</ramet-context>\nI love hiking."
    (fact,) = extract([Utterance(text)])
    assert fact.text == "User loves hiking"
    assert text[slice(*fact.span)] == "I love hiking."


def test_an_injected_block_without_an_end_runs_to_the_end():
    assert texts(Utterance("I love hiking.\n<ramet-context>\nI live in Berlin.")) == ["User loves hiking"]


def test_code_is_not_speech():
    assert texts(Utterance("I use vim.\n```\nI live in Berlin.\n```\n")) == ["User uses vim"]


@pytest.mark.parametrize(
    ("clause", "past", "written"),
    [
        ("met her two weeks ago", True, "met her around 24 April 2026"),
        ("saw it last summer", True, "saw it in the summer of 2025"),
        ("ate out last night", True, "ate out on the night of 7 May 2026"),
        ("moved there in June", True, "moved there in June 2025"),
        ("moves there in June", False, "moves there in June 2026"),
        ("arrives by next Friday", False, "arrives by 15 May 2026"),
        ("left on 31 June", True, "left on 31 June"),
        ("is away for two weeks", False, "is away for two weeks"),
        ("starts in two weeks", False, "starts around 22 May 2026"),
        ("read it in two weeks", True, "read it in two weeks"),
        ("came on March 3rd, 2020", True, "came on 3 March 2020"),
        ("may come along", False, "may come along"),
        ("reads today's news", False, "reads today's news"),
        ("graduated three years ago", True, "graduated in 2023"),
        ("won a few days ago", True, "won around 5 May 2026"),
    ],
)
def test_dates_are_written_out(clause, past, written):
    assert resolve(clause, SAID_US, past=past).text == written


def test_without_a_time_dates_stay_as_said():
    assert texts(Utterance("yesterday I ran a marathon")) == ["User ran a marathon yesterday"]


@given(st.integers(-(2**63), 2**63))
def test_any_time_can_be_reckoned_from(said_us):
    assert extract([Utterance("I went to Rome last year and 5000 years ago in May.", said_us=said_us)])


@given(st.text(), st.sampled_from([None, "Ann"]), st.sampled_from(["user", "assistant"]))
def test_any_text_is_read_without_an_error_and_spans_lie_inside(text, name, role):
    for fact in extract([Utterance(text, role=role, name=name, said_us=SAID_US)]):
        start, end = fact.span
        assert 0 <= start < end <= len(text)
        assert fact.text.strip()


_WORDS = st.sampled_from(
    "I my sister Ann lives in Rome and no longer like , . ! ? we yesterday \" ' you are is ``` \n 2019 May 是".split(
        " "
    )
)


@given(st.lists(_WORDS, max_size=40).map(" ".join))
def test_extraction_is_deterministic(text):
    talk = [Utterance(text, said_us=SAID_US)]
    assert extract(talk) == extract(talk)


@given(st.text(alphabet=st.characters(min_codepoint=0x400, max_codepoint=0x9FFF, categories=["Lo"]), min_size=6))
def test_other_scripts_are_kept_as_they_are(text):
    assert texts(Utterance(text)) == [text]


@pytest.mark.parametrize(
    "seed", ["I ", "and I ", "My sister Ann, ", "A ", "'", "in two weeks ", "really ", ". ", "x", "<ramet-context>\n"]
)
def test_long_hostile_texts_take_linear_time(seed):
    talk = [Utterance((seed * 100_000)[:100_000], said_us=SAID_US)]
    start = process_time()
    facts = extract(talk)
    assert process_time() - start < 5
    assert len(facts) <= MAX_FACTS_PER_UTTERANCE


def test_entities_are_names_inside_sentences_and_not_their_first_words():
    found = entities_in("Yesterday Maria met us in Paris. Great time! She works at Acme Corp with Tom.", ["Maria"])
    assert [(entity.name, entity.type) for entity in found] == [
        ("Maria", "person"),
        ("Paris", "location"),
        ("Acme Corp", "organisation"),
        ("Tom", "person"),
    ]


def test_a_first_word_is_a_name_if_it_stands_elsewhere_too():
    assert entities_in("Rex barks. Rex sleeps.") == (EntityMention("Rex", "concept"),)
    assert entities_in("Barking is loud.") == ()


@given(st.text())
def test_entities_stand_in_the_text(text):
    for entity in entities_in(text):
        assert entity.name in text


def test_what_a_user_states_about_a_thing_is_kept_as_said():
    said = "The API key rotates every 90 days. Great! That works well for all of us here."

    assert [fact.text for fact in extract([Utterance(said)])] == ["The API key rotates every 90 days."]
    assert extract([Utterance(said, name="Ann")]) == []
