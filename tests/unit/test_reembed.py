"""A change of the embedding model: complete, resumable, seen by everyone, and no way back for what was erased."""

import pytest

from ramet import Memory
from ramet.kernel.errors import ModelMismatchError, ProviderError
from ramet.kernel.scope import Scope
from ramet.memory.changing import Place
from ramet.memory.erasing import erase
from ramet.memory.reindexing import reembed
from ramet.platform import open_engine


class Letters:
    """Counts letters; ``before`` is called with each batch and may fail or interfere."""

    model_id = "letters"
    dimensions = 26

    def __init__(self, before=lambda texts: None):
        self._before = before

    def embed_documents(self, texts):
        self._before(texts)
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        return [1.0 + text.lower().count(chr(97 + n)) for n in range(26)]


class TokenLetters(Letters):
    """The same, with a vector for each word."""

    model_id = "token-letters"
    token_dimensions = 2

    def encode_documents(self, texts):
        import numpy as np

        vectors = np.array(self.embed_documents(texts), np.float32)
        return vectors, [np.ones((len(text.split()), 2), np.int8).tobytes() for text in texts]

    def token_matrices(self, stored):
        import numpy as np

        return [np.frombuffer(codes, np.int8).reshape(-1, 2) for codes in stored]

    def encode_query(self, text):
        import numpy as np

        return np.array(self.embed_query(text), np.float32), np.ones((len(text.split()), 2), np.float32)


@pytest.fixture
def engine_of(tmp_path):
    opened = []

    def open_(embedder):
        engine = open_engine(tmp_path, embedder=embedder, busy_timeout_s=5, allow_other_model=True)
        opened.append(engine)
        return engine

    yield open_
    for engine in opened:
        engine.store.close()


@pytest.fixture
def filled(tmp_path):
    """A directory that the static embedder has filled, in two projects."""
    for project, count in (("default", 300), ("second", 7)):
        with Memory(tmp_path, embedder="static", project=project) as memory:
            messages = [{"role": "user", "content": f"note {n} about tea"} for n in range(count)]
            memory.add(messages, user_id="ann", infer=False)
    return tmp_path


def test_all_projects_get_the_new_model(filled, engine_of):
    seen = []
    assert reembed(engine_of(Letters()), lambda done, total: seen.append((done, total))) == 307
    assert seen == [(256, 307), (300, 307), (307, 307)]
    with Memory(filled, embedder=Letters()) as memory:
        assert memory.search("note 17 about tea", user_id="ann", top_k=1)["results"][0]["score"] > 0
        assert memory._engine.store.rebuild("default")["equal"] is True
    with pytest.raises(ModelMismatchError):
        Memory(filled, embedder="static")


def test_with_nothing_to_do_nothing_is_done(filled, engine_of):
    engine = engine_of("static")
    assert reembed(engine, lambda done, total: pytest.fail("there is no progress to tell")) == 0


def test_an_interrupted_run_goes_on_where_it_stopped(filled, engine_of):
    calls = []

    def fail_at_the_second(texts):
        calls.append(len(texts))
        if len(calls) == 2:
            raise ConnectionError

    engine = engine_of(Letters(fail_at_the_second))
    with pytest.raises(ProviderError):
        reembed(engine)
    assert engine.store.embedding_models()["letters"] == 256
    assert reembed(engine) == 51
    assert set(engine.store.embedding_models()) == {"letters"}


def test_caches_of_other_processes_are_void(filled, engine_of):
    with engine_of("static").store.read("default") as reader:
        before = reader.head()
    reembed(engine_of(Letters()))
    with engine_of("static").store.read("default") as reader:
        assert reader.head().epoch != before.epoch
        assert reader.head().seq == before.seq


def test_what_is_erased_meanwhile_leaves_no_vector(filled, engine_of):
    bystander = engine_of("static")
    place = Place("default")
    engine = engine_of(Letters(lambda texts: erase(bystander, place, Scope("default", user_id="ann"))))
    assert reembed(engine) == 7
    assert engine.store.embedding_models() == {"letters": 7}


def test_token_vectors_come_and_go_with_the_model(filled, engine_of):
    reembed(engine_of(TokenLetters()))
    with engine_of("static").store.read("second") as reader:
        (content_id, *_) = {v.content_id for v in reader.versions_of(reader.scopes(None))}
        assert reader.tokens([content_id]) == [b"\1" * 8]
    reembed(engine_of(Letters()))
    with engine_of("static").store.read("second") as reader:
        assert reader.tokens([content_id]) == [None]
