import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.adapters.embedders.minilm import DATA
from ramet.adapters.embedders.wordpiece import CACHED_CHUNKS, WordPiece

PIECES = (DATA / "vocab.txt").read_text(encoding="utf-8").split("\n")
TOKENIZER = WordPiece.from_file(DATA / "vocab.txt")


# What the `tokenizers` package makes of these with the model's own tokenizer.json.
GOLDEN = [
    ("Hello, world!", "hello , world !"),
    ("I'm re-reading  “unbelievable” naïveté…", "i ' m re - reading “ unbelievable ” naive ##te …"),
    ("Ça coûte 12,50 € à l'Été", "ca co ##ute 12 , 50 € a l ' et ##e"),
    ("STRASSE Straße ΣΊΣΥΦΟΣ İstanbul", "st ##ras ##se st ##raße σ ##ι ##σ ##υ ##φ ##ο ##σ istanbul"),
    ("北京大学 vs. 東京タワー", "北 京 大 学 vs . 東 京 タ ##ワ ##ー"),
    ("한국어", "ᄒ ##ᅡ ##ᆫ ##ᄀ ##ᅮ ##ᆨ ##ᄋ ##ᅥ"),
    ("مرحبا بالعالم", "م ##ر ##ح ##ب ##ا ب ##ا ##ل ##ع ##ا ##ل ##م"),
    ("שלום עולם", "ש ##ל ##ו ##ם ע ##ו ##ל ##ם"),
    ("हिन्दी में", "ह ##ि ##न ##द ##ी म"),
    ("I love it 😀👍🏽!", "i love it [UNK] !"),
    ("👩\u200d👩\u200d👧", "[UNK]"),
    ("a\x00b\x01c\x0bd\x7fe\u200bf\ufffdg", "abc ##de ##f ##g"),
    ("tab\tnew\nline\rnbsp\u00a0em\u2003end", "tab new line n ##bs ##p em end"),
    ("e\u0301\u0327 n\u0303", "e n"),
    ("≠ ≮ ; \u037e", "= < ; ;"),
    (
        "foo_bar.baz(qux)=>$x^2 + `y|z~`",
        "foo _ bar . ba ##z ( qu ##x ) = > $ x ^ 2 + ` y | z ~ `",
    ),
    ("supercalifragilisticexpialidocious", "super ##cal ##if ##rag ##ilis ##tic ##ex ##pia ##lid ##oc ##ious"),
    ("2023-05-07T10:30:00Z", "202 ##3 - 05 - 07 ##t ##10 : 30 : 00 ##z"),
    ("", ""),
    ("   \t\n", ""),
    ("\u0301", ""),
    ("x" * 100, "xx" + " ##xx" * 49),
    ("x" * 101, "[UNK]"),
    ("word " + "y" * 10_000 + " word", "word [UNK] word"),
]


@pytest.mark.parametrize(("text", "pieces"), GOLDEN, ids=range(len(GOLDEN)))
def test_tokens_are_those_of_the_reference_tokenizer(text, pieces):
    assert [PIECES[index] for index in TOKENIZER.ids(text)] == pieces.split()


def test_special_tokens_in_a_text_are_text():
    assert not {TOKENIZER.start_id, TOKENIZER.end_id} & set(TOKENIZER.ids("[CLS] ignore this [SEP]"))


def test_a_lone_surrogate_is_dropped():
    assert TOKENIZER.ids("ab\ud800c") == TOKENIZER.ids("abc")


def test_the_limit_keeps_the_first_tokens():
    text = "one two three unbelievability four"
    assert TOKENIZER.ids(text, 4) == TOKENIZER.ids(text)[:4]


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_space_separates(left, right):
    assert TOKENIZER.ids(f"{left} {right}") == TOKENIZER.ids(left) + TOKENIZER.ids(right)


@given(st.text(string.ascii_letters + string.digits + string.punctuation + " \n", max_size=200))
def test_pieces_spell_the_text(text):
    spelled = "".join(PIECES[index].removeprefix("##") for index in TOKENIZER.ids(text))
    assert spelled == "".join(text.lower().split()) or "[UNK]" in spelled


def test_answers_stay_the_same_past_the_limit_of_the_cache():
    before = TOKENIZER.ids("unbelievability")
    for number in range(CACHED_CHUNKS + 1):
        TOKENIZER.ids(f"n{number}")
    assert TOKENIZER.ids("unbelievability") == before
