"""A process that writes until it is killed. Each act that returned is told on stdout, one line of JSON: [op, [ids]].

Arguments: the data directory, and a name under which this process writes.
"""

import json
import os
import sys
from itertools import count
from pathlib import Path

from ramet.adapters.sqlite.store import SqliteStore
from ramet.memory.engine import Engine
from ramet.memory.index import Encoder
from ramet.memory.partitions import Partitions
from ramet.memory.service import MemoryService
from ramet.testing.embedders import HashEmbedder


def main(directory, name):
    encoder = Encoder(HashEmbedder())
    store = SqliteStore(directory)
    service = MemoryService(Engine(store, encoder, Partitions(encoder, 1 << 24)))
    last = None
    for n in count():
        act = n % 4
        if act in (0, 1) or last is None:
            words = ("tea", "milk", "salt")[: act + 2]
            said = [{"role": "user", "content": f"{name} says {word} at {n}"} for word in words]
            done = service.add(said, user_id=name, run_id=f"r{n % 7}", infer=False, idempotency_key=f"{name}-{n}")
            last = done["results"][0]["id"]
            ids = [row["id"] for row in done["results"]]
        elif act == 2:
            done, ids = service.update(last, f"{name} corrects {n}"), [last]
        else:
            done, ids = service.supersede(last, f"{name} now says {n}"), [last]
        tell([done["operation_id"], ids])


def tell(value):
    os.write(1, json.dumps(value).encode() + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
