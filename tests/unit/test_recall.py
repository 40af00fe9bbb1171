"""Recall: what is found, in what order, and what the two numbers of a hit promise."""

from datetime import UTC, datetime
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramet.memory import recall, text
from ramet.memory.corpus import Document, Documents, Segment, View

DIMENSIONS = 64
PLAIN = recall.Weights(
    neighbour=0, answer=0, session_best=0, session_lexical=0, question=0, length=0, speaker=0, time_told=0, date=0
)


def embed(content: str) -> np.ndarray:
    """A stand-in for a model: letters' trigrams, hashed, so that related words are near."""
    vector = np.zeros(DIMENSIONS, np.float32)
    padded = f"  {content.lower()} "
    for i in range(len(padded) - 2):
        vector[crc32(padded[i : i + 3].encode()) % DIMENSIONS] += 1
    return vector


def document(content: str, *, vector: np.ndarray | None = None, when: datetime | None = None, **columns) -> Document:
    vector = embed(content) if vector is None else vector
    coded = np.rint(vector / max(1e-9, np.abs(vector).max()) * 127).astype(np.int8)
    return Document(
        terms=text.analyse(content).tobytes(),
        vector=coded.tobytes(),
        is_question=text.is_question(content),
        said_at_us=int(when.timestamp() * 1e6) if when else 0,
        **columns,
    )


def view_of(*documents: Document, like: Segment | None = None) -> View:
    segment = Segment(DIMENSIONS, like=like)
    segment.extend(Documents.of(documents))
    return segment.view()


def ask(question: str, *, speakers: tuple[str, ...] = (), **known) -> recall.Query:
    focused, names = recall.focus(question, speakers)
    known.setdefault("vector", embed(focused))
    return recall.prepare(question, focused, names=names, **known)


def rows(hits: list[recall.Hit]) -> list[int]:
    return [hit.row for hit in hits]


NOTES = [
    "The staging database password rotates every Sunday at noon",
    "Allergic to peanuts and shellfish",
    "Prefers window seats on long flights",
    "Grandmother's lasagne recipe needs fresh basil",
    "The garage door code was changed after the break-in",
    "Learning the cello, practises scales before breakfast",
    "Deploys happen from the release branch only",
    "The cat is called Miso and hates the vacuum cleaner",
    "Passport expires in March 2027",
    "Runs a half marathon in under two hours",
    "Gym membership renews automatically each January",
    "Uses tabs in Go and spaces in Python",
]
NOTE_QUESTIONS = [
    ("when does the passport expire", 8),
    ("which food allergies are there", 1),
    ("what is the cat called", 7),
    ("who practises the cello", 5),
    ("where do deploys come from", 6),
    ("password of the staging database", 0),
    ("tabs or spaces in Python", 11),
    ("flight seat preference", 2),
    ("garage code", 4),
]
LOG = [
    "Opened issue 418: upload fails for files over 2 GB",
    "Ran pytest tests/upload: 3 failed, 41 passed",
    "Read src/upload/chunks.py, found the 32-bit offset in seek_to",
    "Is the offset stored in the manifest as well?",
    "Manifest stores the offset as uint32, migration needed",
    "Wrote migration 0042_offset_bigint",
    "Ran pytest tests/upload: 44 passed",
    "Pushed branch fix/upload-offset, opened pull request 977",
    "CI failed on windows: ERR-7741 path too long",
    "Shortened the fixture path, CI green",
]
LOG_QUESTIONS = [
    ("what caused ERR-7741", 8),
    ("which migration was written", 5),
    ("where was the 32-bit offset found", 2),
    ("pull request number of the branch", 7),
    ("how was CI made green", 9),
    ("what fails for large files", 0),
]
PARAGRAPHS = [
    "What is a snapshot? It is an immutable tree of content-addressed blocks.",
    "Blocks are cut by content, so that an insertion moves no later border.",
    "Garbage collection keeps every block that a live snapshot refers to.",
    "How do I restore? Run the restore command with the identifier of a snapshot.",
    "Encryption keys are wrapped with a key that never leaves the host.",
    "Retention removes snapshots after thirty days unless they are pinned.",
]
PARAGRAPH_QUESTIONS = [
    ("what is a snapshot", 0),
    ("how are blocks cut", 1),
    ("restore command", 3),
    ("which blocks does garbage collection keep", 2),
    ("after how many days are snapshots removed", 5),
    ("where do encryption keys stay", 4),
]


@pytest.mark.parametrize(
    ("documents", "questions"),
    [
        ([document(note) for note in NOTES], NOTE_QUESTIONS),
        ([document(line, run="run-1", speaker="agent") for line in LOG], LOG_QUESTIONS),
        ([document(paragraph, run="manual") for paragraph in PARAGRAPHS], PARAGRAPH_QUESTIONS),
    ],
    ids=["notes", "agent log", "document"],
)
def test_conversation_structure_does_no_harm_elsewhere(documents: list[Document], questions: list[tuple[str, int]]):
    view = view_of(*documents)

    def mean_reciprocal_rank(weights: recall.Weights) -> float:
        found = [(rows(recall.rank(ask(q), [view], top_k=20, weights=weights)), row) for q, row in questions]
        return sum(1 / (1 + ranked.index(row)) for ranked, row in found) / len(found)

    assert mean_reciprocal_rank(recall.WEIGHTS) >= max(0.85, mean_reciprocal_rank(PLAIN) - 0.05)


def test_a_code_that_one_memory_of_thousands_holds_comes_first():
    noise = np.random.default_rng(0).standard_normal((3000, DIMENSIONS)).astype(np.float32)
    documents = [document(f"error in part {i} of the system", vector=vector) for i, vector in enumerate(noise)]
    documents[1234] = document("restart after ERR-7741", vector=-noise[0])

    hits = recall.rank(ask("ERR-7741", vector=noise[0]), [view_of(*documents)], top_k=3)

    assert hits[0].row == 1234


def test_a_memory_without_a_shared_word_is_found_by_its_vector():
    noise = np.random.default_rng(1).standard_normal((2000, DIMENSIONS)).astype(np.float32)
    documents = [document(f"entry {i}", vector=vector) for i, vector in enumerate(noise)]

    hits = recall.rank(ask("unheard-of words", vector=noise[777]), [view_of(*documents)], top_k=1)

    assert hits[0].row == 777
    assert hits[0].score > 0.5


def test_masked_rows_change_nothing():
    kept = [document(note) for note in NOTES]
    hidden = [document("passport passport passport", run="x", speaker="Ann") for _ in range(30)]
    mask = np.array([True] * len(kept) + [False] * len(hidden))
    query = ask("when does the passport expire")

    with_hidden = recall.rank(query, [view_of(*kept, *hidden)], [mask], top_k=50)

    assert with_hidden == recall.rank(query, [view_of(*kept)], top_k=50)


def test_segments_rank_as_one():
    documents = [document(note, run=f"s{i // 4}", speaker="me") for i, note in enumerate(NOTES)]
    query = ask("the cat and the vacuum cleaner", speakers=("me",))
    parent = Segment(DIMENSIONS)
    parent.extend(Documents.of(documents[:8]))
    parts = [parent.view(), view_of(*documents[8:], like=parent)]
    strangers = [view_of(*documents[:8]), view_of(*documents[8:])]

    whole = recall.rank(query, [view_of(*documents)], top_k=12)
    for split in (parts, strangers):
        hits = recall.rank(query, split, [np.ones(8, bool), np.ones(4, bool)], top_k=12)
        assert [hit.row + 8 * hit.segment for hit in hits] == rows(whole)
        assert [hit.rank_score for hit in hits] == pytest.approx([hit.rank_score for hit in whole], abs=1e-4)


def test_branches_that_see_nothing_find_nothing():
    view = view_of(document("a"), document("b"))

    assert recall.rank(ask("a"), [], top_k=5) == []
    assert recall.rank(ask("a"), [view], [np.zeros(2, bool)], top_k=5) == []
    assert recall.rank(ask("a"), [view], top_k=0) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(NOTES + LOG), max_size=20), st.sampled_from([q for q, _ in NOTE_QUESTIONS]))
def test_the_score_is_the_same_whatever_else_is_stored(others: list[str], question: str):
    memory = document(NOTES[8], when=datetime(2026, 3, 1, tzinfo=UTC), speaker="Ann", run="r")
    query = ask(question)
    [alone] = recall.rank(query, [view_of(memory)], top_k=1)
    crowd = view_of(*(document(other, speaker="Bob", run="r") for other in others), memory)

    among = next(hit for hit in recall.rank(query, [crowd], top_k=100) if hit.row == len(others))

    assert among.score == alone.score
    assert 0 <= alone.score <= 1


def test_the_score_grows_with_terms_cosine_and_date():
    day = datetime(2026, 3, 1, tzinfo=UTC)
    base = np.ones(DIMENSIONS, np.float32)
    off = base.copy()
    off[::3] = -1

    def score(content: str, vector: np.ndarray, when: datetime) -> float:
        query = ask("sourdough bread on 1 March 2026", vector=base)
        return recall.rank(query, [view_of(document(content, vector=vector, when=when))], top_k=1)[0].score

    weakest = score("nothing", off, datetime(2020, 1, 1, tzinfo=UTC))
    assert weakest < score("bread", off, datetime(2020, 1, 1, tzinfo=UTC)) < score("sourdough bread", off, day)
    assert weakest < score("nothing", off, day) < score("nothing", base, day)


def test_names_of_known_speakers_are_taken_out_of_the_question():
    focused, names = recall.focus("When did Caroline's sister meet mel?", ["Caroline", "Mel Smith", "Bo"])

    assert focused == "When did I's sister meet I?"
    assert names == {"Caroline", "Mel Smith"}
    assert recall.focus("Melanie?", ["Mel"]) == ("Melanie?", frozenset())
    assert recall.focus("Which Mel?", ["Mel Smith", "Mel Jones"]) == ("Which Mel?", frozenset())
    assert recall.focus("plain", []) == ("plain", frozenset())


@given(st.text(max_size=30), st.lists(st.text(max_size=8), max_size=4))
def test_any_question_can_be_focused(question: str, speakers: list[str]):
    focused, names = recall.focus(question, speakers)

    assert names <= set(speakers)
    assert (focused == question) or names


def test_a_letter_that_folds_to_two_is_left_alone():
    assert recall.focus("\u0130van and ivan", ["\u0130van"])[0] in {"I and ivan", "\u0130van and ivan"}


def test_the_named_speaker_goes_first():
    said = "I went climbing in the mountains"
    view = view_of(document(said, speaker="Ann", run="r"), document(said, speaker="Bob", run="q"))
    query = ask("Where did Bob go climbing?", speakers=("Ann", "Bob"))

    assert rows(recall.rank(query, [view], top_k=2)) == [1, 0]


def test_an_answer_is_found_by_the_question_before_it():
    talk = ["Where did you adopt the puppy?", "At the shelter on Elm Street.", "Lovely weather.", "Indeed it rained."]
    view = view_of(*(document(turn, run="r", speaker="AB"[i % 2]) for i, turn in enumerate(talk)))

    hits = recall.rank(ask("adopt the puppy"), [view], top_k=4, explain=True)

    assert rows(hits)[0] == 1
    assert hits[0].parts["answer"] > 0


def test_the_day_that_the_question_names_decides():
    days = [datetime(2023, month, 10, tzinfo=UTC) for month in (3, 7, 10)]
    view = view_of(*(document("we went camping by the lake", when=day) for day in days))

    assert rows(recall.rank(ask("camping in July"), [view], top_k=1)) == [1]
    assert rows(recall.rank(ask("camping on October 11, 2023"), [view], top_k=1)) == [2]
    last_month = ask("camping last month", reference=datetime(2023, 4, 2, tzinfo=UTC).date())
    assert rows(recall.rank(last_month, [view], top_k=1)) == [0]


def test_parts_add_up_to_the_rank_score():
    view = view_of(*(document(turn, run="r", speaker="Ann") for turn in NOTES))
    query = ask("When did Ann last see the cat in March?", speakers=("Ann",))

    hits = recall.rank(query, [view], top_k=12, explain=True)

    assert all(sum(hit.parts.values()) == pytest.approx(hit.rank_score, abs=1e-4) for hit in hits)
    assert {"lexical", "dense", "speaker", "date", "time_told"} <= hits[0].parts.keys()
    assert recall.rank(query, [view], top_k=1)[0].parts is None


def test_late_interaction_reranks_and_asks_for_bounded_many():
    axes = (np.eye(8) * 127).astype(np.int8)
    documents = [document(f"entry number {i}") for i in range(400)]
    asked: list[tuple[int, int]] = []

    def tokens_of(places):
        asked.extend(places)
        return [axes[:4] if row == best else axes[4:6] if row % 2 else axes[:0] for _, row in places]

    query = ask("entry", tokens=axes[:4])
    best = rows(recall.rank(query, [view_of(*documents)], top_k=60))[40]
    hits = recall.rank(query, [view_of(*documents)], top_k=5, tokens_of=tokens_of)

    assert hits[0].row == best
    assert len(asked) == len(set(asked)) == 100


def test_a_query_of_nothing_still_ranks():
    view = view_of(*(document(note) for note in NOTES))

    hits = recall.rank(ask("?!", vector=np.zeros(DIMENSIONS, np.float32)), [view], top_k=3)

    assert len(hits) == 3
    assert all(np.isfinite(hit.rank_score) and 0 <= hit.score <= 0.1 for hit in hits)


def test_all_can_be_asked_for():
    view = view_of(*(document(f"entry {i}") for i in range(700)))

    assert sorted(rows(recall.rank(ask("entry 5"), [view], top_k=10_000))) == list(range(700))
