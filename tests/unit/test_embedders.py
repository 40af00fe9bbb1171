import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramet.adapters.embedders.minilm import DATA, MAX_TOKENS, MiniLMEmbedder
from ramet.adapters.embedders.static import StaticEmbedder

MINILM = MiniLMEmbedder()
STATIC = StaticEmbedder()
EMBEDDERS = pytest.mark.parametrize("embedder", [MINILM, STATIC], ids=["minilm", "static"])

TEXTS = st.lists(st.text("abc ,.é中😀", max_size=20), max_size=6)


@EMBEDDERS
def test_rows_are_unit_vectors_of_the_declared_size(embedder):
    vectors = embedder.embed_documents(["A cat sat on the mat.", "Wir fahren nach Köln", "我住在北京"])
    assert vectors.shape == (3, embedder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


@EMBEDDERS
def test_no_texts_give_no_rows(embedder):
    assert embedder.embed_documents([]).shape == (0, embedder.dimensions)


@EMBEDDERS
@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u0301"])
def test_a_text_without_tokens_has_a_vector_of_zeros(embedder, text):
    assert not embedder.embed_query(text).any()
    assert not embedder.embed_documents([text, "word"])[0].any()


@EMBEDDERS
@given(texts=TEXTS)
@settings(max_examples=30)
def test_a_vector_does_not_depend_on_the_rest_of_the_batch(embedder, texts):
    together = embedder.embed_documents(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(embedder.embed_query(text), vector)


def test_batches_of_the_static_table_do_not_change_a_vector():
    texts = [f"note {number} about {'gardens ' * (number % 7)}" for number in range(200)]
    together = STATIC.embed_documents(texts)
    assert np.array_equal(together, np.stack([STATIC.embed_query(text) for text in texts]))


@EMBEDDERS
def test_related_texts_are_closer_than_unrelated_ones(embedder):
    question = embedder.embed_query("Which animals does she keep?")
    near, far = embedder.embed_documents(["She has two cats and a dog.", "The invoice is due on Friday."]) @ question
    assert near > far + 0.1


@EMBEDDERS
def test_threads_that_race_for_the_first_use_agree(embedder):
    fresh = type(embedder)()
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(fresh.embed_query, ["the same question"] * 8))
    assert all(np.array_equal(vector, vectors[0]) for vector in vectors)


def test_minilm_stays_near_the_float32_model():
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    vectors = MINILM.embed_documents(texts)
    np.testing.assert_allclose(vectors[1:] @ vectors[0], [0.695, 0.943, 0.257], atol=0.05)


def test_minilm_reads_the_first_256_tokens():
    words = ["river", "stone"] * (MAX_TOKENS // 2 - 1)
    assert np.array_equal(MINILM.embed_query(" ".join(words)), MINILM.embed_query(" ".join([*words, "and", "more"])))
    assert not np.array_equal(MINILM.embed_query(" ".join(words)), MINILM.embed_query(" ".join(words[:-1])))


def test_late_interaction_comes_from_the_same_run_as_the_sentence_vector():
    texts = ["We adopted a kitten in May.", "", "Good morning!"]
    vectors, stored = MINILM.encode_documents(texts)
    tokens = MINILM.token_matrices(stored)
    assert np.array_equal(vectors, MINILM.embed_documents(texts))
    assert [codes.shape for codes in tokens] == [(7, 64), (0, 64), (3, 64)]
    assert all(codes.dtype == np.int8 for codes in tokens)


def test_token_codes_are_the_query_vectors_times_127():
    text = "We adopted a kitten in May."
    vector, query = MINILM.encode_query(text)
    _, stored = MINILM.encode_documents([text])
    (codes,) = MINILM.token_matrices(stored)
    assert np.array_equal(vector, MINILM.embed_query(text))
    np.testing.assert_allclose(np.linalg.norm(query, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(codes / 127, query, atol=0.5 / 127 + 1e-6)


def test_late_interaction_matches_the_words_that_mean_the_same():
    _, stored = MINILM.encode_documents(["We adopted a kitten in May."])
    (codes,) = MINILM.token_matrices(stored)
    _, query = MINILM.encode_query("cat")
    assert np.argmax(query[0] @ codes.T) == 3


def test_an_empty_question_has_no_token_vectors():
    assert MINILM.encode_query("")[1].shape == (0, 64)


def test_the_bundled_files_fit_the_wheel():
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 33_000_000


@pytest.mark.parametrize("module", ["ramet.adapters.embedders.minilm", "ramet.adapters.embedders.static"])
def test_onnxruntime_is_not_loaded_before_it_is_used(module):
    code = f"import sys, {module} as m; [getattr(m, n)() for n in dir(m) if n.endswith('Embedder')]"
    code += "; sys.exit('onnxruntime' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0


def test_static_token_vectors_follow_from_their_ids():
    _, stored = STATIC.encode_documents(["We adopted a kitten in May.", ""])
    codes, none = STATIC.token_matrices(stored)
    vector, query = STATIC.encode_query("cat")
    assert codes.shape == (7, 64)
    assert none.shape == (0, 64)
    assert np.array_equal(vector, STATIC.embed_query("cat"))
    assert np.argmax(query[0] @ codes.T) == 3
