"""Writers are killed at any moment, hundreds of times: what was acknowledged is there, and nothing is half there."""

import json
import os
import random
import select
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from ramet.adapters.sqlite.store import SqliteStore
from ramet.kernel.journal import OpKind

KILLS = 200
WRITERS = 3
PATIENCE_S = 60
PROJECT = "default"
WRITER = Path(__file__).with_name("writer.py")


class Writer:
    """A process that writes, and what it has acknowledged."""

    def __init__(self, directory, name):
        self.name = name
        self.acknowledged = []
        self._rest = b""
        command = [sys.executable, str(WRITER), str(directory), name]
        path = os.pathsep.join(filter(None, sys.path))
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
        self.pipe = self.process.stdout.fileno()

    def read(self):
        """Take in what is in the pipe; return False at its end. A line that was cut is no acknowledgement."""
        data = os.read(self.pipe, 1 << 16)
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.acknowledged += map(json.loads, lines)
        return bool(data)

    def kill(self):
        self.process.kill()
        while self.read():
            pass
        self.process.wait()
        self.process.stdout.close()


def listen(writers, timeout_s):
    """Wait until someone acknowledges something; take it in."""
    by_pipe = {writer.pipe: writer for writer in writers}
    ready, _, _ = select.select(by_pipe, [], [], timeout_s)
    for pipe in ready:
        assert by_pipe[pipe].read(), f"{by_pipe[pipe].name} ended by itself"
    return bool(ready)


def run_and_kill(directory, rng):
    """Keep some writers running and kill one of them again and again; return all that was acknowledged."""
    names = (f"w{n}" for n in count())
    writers = [Writer(directory, next(names)) for _ in range(WRITERS)]
    acknowledged = []
    for _ in range(KILLS):
        victim = rng.choice(writers)
        starting = rng.random() < 0.1
        while not starting and not victim.acknowledged:
            assert listen(writers, PATIENCE_S), "no writer writes"
        for _ in range(rng.randrange(4)):
            listen(writers, rng.uniform(0, 0.01))
        victim.kill()
        acknowledged += victim.acknowledged
        writers[writers.index(victim)] = Writer(directory, next(names))
    for writer in writers:
        writer.kill()
        acknowledged += writer.acknowledged
    return acknowledged


@pytest.mark.slow
def test_a_killed_writer_leaves_all_or_nothing(tmp_path):
    acknowledged = run_and_kill(tmp_path, random.Random())
    store = SqliteStore(tmp_path)
    try:
        assert store.check() == []
        with store.read(PROJECT) as reader:
            journal = reader.operations(limit=1_000_000)
            assert_acknowledged_is_there(reader, acknowledged)
            written = [content_id for op, change in journal for content_id in assert_whole(reader, op, change)]
        assert [op.seq for op, _ in journal] == list(range(1, len(journal) + 1))
        assert len(acknowledged) > KILLS
        assert len(journal) - len(acknowledged) <= KILLS + WRITERS
        assert sum(store.embedding_models().values()) == len(set(written))
        assert store.rebuild(PROJECT)["equal"]
    finally:
        store.close()


def assert_acknowledged_is_there(reader, acknowledged):
    for op_id, memory_ids in acknowledged:
        found = reader.operation(op_id)
        assert found is not None, op_id
        assert set(memory_ids) <= {version.memory_id for version in found[1].versions}


def assert_whole(reader, op, change):
    """Check that all of an operation is there; return the ids of its contents."""
    content_ids = {version.content_id for version in change.versions}
    assert reader.contents(content_ids).keys() == reader.index_rows(content_ids).keys() == content_ids
    for version in change.versions:
        assert any(v.seq_from == op.seq and v.says_the_same(version) for v in reader.chain(0, version.memory_id))
    assert len(reader.episodes(e.id for e in change.episodes)) == len(change.episodes)
    if op.kind is OpKind.ADD:
        assert len(change.episodes) == len(change.versions) == int(op.idempotency_key.rpartition("-")[2]) % 4 + 2
    return content_ids
