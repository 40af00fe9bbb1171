"""Two short conversations of our own, in LoCoMo's format."""

import json

import pytest


def turn(turn_id, speaker, text, **more):
    return {"dia_id": turn_id, "speaker": speaker, "text": text, **more}


WEAVING = {
    "sample_id": "weaving",
    "conversation": {
        "speaker_a": "Orla",
        "speaker_b": "Tomas",
        # Sessions in no order, and a date without a session: both occur.
        "session_10_date_time": "9:05 am on 2 March, 2021",
        "session_10": [turn("D10:1", "Tomas", "My kiln cracked last night during the glaze firing.")],
        "session_2_date_time": "12:30 am on 1 February, 2021",
        "session_2": [
            turn("D2:1", "Orla", "I sold the walnut loom to a museum in Ghent."),
            turn("D2:2", "Tomas", "Look at this!", blip_caption="a heron standing on a canoe"),
            turn("D2:3", "Orla", "Lovely evening there."),
        ],
        "session_11_date_time": "9:05 am on 3 March, 2021",
    },
    "qa": [
        {"question": "Who bought the walnut loom?", "answer": "a museum", "evidence": ["D2:1"], "category": 4},
        {"question": "What happened to the kiln?", "answer": "it cracked", "evidence": ["D10:01"], "category": 2},
        {"question": "Where did the heron stand?", "answer": "a canoe", "evidence": ["D2:2; D2:99"], "category": 1},
        {"question": "What is unknown?", "evidence": [], "category": 5},
        {"question": "What is elsewhere?", "evidence": ["D"], "category": 5},
    ],
}
SAILING = {
    "conversation": {
        "speaker_a": "Ines",
        "speaker_b": "Bo",
        "session_1_date_time": "6:00 pm on 5 May, 2022",
        "session_1": [turn("D1:1", "Ines", "The sloop needs a new rudder."), turn("D1:2", "Bo", "I will carve one.")],
    },
    "qa": [{"question": "What does the sloop need?", "evidence": ["D1:1"], "category": 4}],
}


@pytest.fixture
def data_file(tmp_path):
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([WEAVING, SAILING]), encoding="utf-8")
    return path
