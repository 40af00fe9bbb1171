"""Reading conversations."""

import json
from datetime import UTC, datetime

import pytest

from ramet.bench.dialogues import parse_evidence, read_dialogues
from ramet.kernel.errors import ValidationError

KNOWN = {"D8:6", "D9:17", "D30:5", "D11:26", "D1:1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["D1:1"], ("D1:1",)),
        (["D8:6; D9:17"], ("D8:6", "D9:17")),
        (["D8:6 D9:17", "D8:6"], ("D8:6", "D9:17")),
        (["D30:05"], ("D30:5",)),
        (["D:11:26"], ("D11:26",)),
        (["D"], ()),
        (["D2:7"], ()),
        ([], ()),
        ("D1:1", ("D1:1",)),
        ([None, 7], ()),
    ],
)
def test_evidence_is_read_as_far_as_it_names_turns(given, expected):
    assert parse_evidence(given, KNOWN) == expected


def test_turns_come_in_the_order_of_sessions_with_captions_and_dates(data_file):
    weaving, sailing = read_dialogues(data_file)
    assert [turn.id for turn in weaving.turns] == ["D2:1", "D2:2", "D2:3", "D10:1"]
    assert weaving.turns[1].text == "Look at this! [image: a heron standing on a canoe]"
    assert weaving.turns[0].said_at == datetime(2021, 2, 1, 0, 30, tzinfo=UTC)
    assert weaving.turns[0].session == "session_2"
    assert (weaving.id, sailing.id) == ("weaving", "conversation-2")


def test_questions_without_evidence_are_left_out(data_file):
    weaving = read_dialogues(data_file)[0]
    assert [(q.category, q.evidence) for q in weaving.questions] == [
        ("single-hop", ("D2:1",)),
        ("temporal", ("D10:1",)),
        ("multi-hop", ("D2:2",)),
    ]


@pytest.mark.parametrize("content", ["{", "[1]", "[{}]", '{"a": 1}', "null"])
def test_a_file_of_another_format_is_refused_with_the_format(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValidationError, match="format"):
        read_dialogues(path)


def test_a_date_in_another_form_is_refused(data_file):
    samples = json.loads(data_file.read_text(encoding="utf-8"))
    samples[1]["conversation"]["session_1_date_time"] = "2022-05-05"
    data_file.write_text(json.dumps(samples), encoding="utf-8")
    with pytest.raises(ValidationError, match="2022-05-05"):
        read_dialogues(data_file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValidationError, match=r"none\.json"):
        read_dialogues(tmp_path / "none.json")
