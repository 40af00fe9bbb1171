"""An OpenAI-compatible server on loopback: scripted chat replies, bag-of-words embeddings, every request recorded.

It is the only fake of this suite, and it enters through public configuration alone: a base URL.
"""

import json
import math
import re
import zlib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

DIMENSIONS = 512  # few, because a thousand memories cross the wire as JSON
WORD = re.compile(r"\w+")


def bag_of_words(text: str) -> list[float]:
    """A unit vector of hashed word counts; texts that share words are near, texts that share none are orthogonal."""
    counts = Counter(zlib.crc32(word.encode()) % DIMENSIONS for word in WORD.findall(text.lower()))
    norm = math.sqrt(sum(count * count for count in counts.values())) or 1.0
    vector = [0.0] * DIMENSIONS
    for place, count in counts.items():
        vector[place] = count / norm
    return vector


@dataclass(frozen=True)
class Reply:
    """One answer of the model: its text, or a status other than 200."""

    content: str = ""
    status: int = 200
    finish_reason: str = "stop"


Script = Reply | Callable[[dict[str, Any]], Reply]


def facts(*texts: str) -> Reply:
    """The reply of an extractor that found these facts, in the form of mem0's additive prompt."""
    found = [{"id": str(place), "text": text, "attributed_to": "user"} for place, text in enumerate(texts)]
    return Reply(json.dumps({"memory": found}, ensure_ascii=False))


NO_FACTS = facts()


@dataclass
class Model:
    """What the stubbed provider was told to answer and what it was asked.

    A script is used up from its front; its last entry answers every call after it.
    """

    script: deque[Script] = field(default_factory=lambda: deque([NO_FACTS]))
    chats: list[dict[str, Any]] = field(default_factory=list)
    embedded: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def answers(self, *script: Script) -> None:
        """Answer the coming calls with these, in this order."""
        with self.lock:
            self.script = deque(script)

    def chat(self, request: dict[str, Any]) -> Reply:
        with self.lock:
            self.chats.append(request)
            entry = self.script.popleft() if len(self.script) > 1 else self.script[0]
        return entry(request) if callable(entry) else entry

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        with self.lock:
            self.embedded.extend(texts)
        return [bag_of_words(text) for text in texts]

    def prompts(self) -> str:
        """Every text that the model has been sent, joined."""
        return "\n".join(str(message["content"]) for chat in self.chats for message in chat["messages"])


class OpenAIStub:
    """The server; ``model`` is replaced before each test."""

    def __init__(self) -> None:
        self.model = Model()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def respond(self, path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/embeddings"):
            return 200, _embeddings(self.model, request)
        if path.endswith("/chat/completions"):
            reply = self.model.chat(request)
            return reply.status, _completion(reply) if reply.status == 200 else _failure(reply)
        return 404, _failure(Reply(status=404))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = stub.respond(self.path, request)
                payload = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                if status != 200:  # a client that retries should do so at once
                    self.send_header("retry-after-ms", "1")
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing: pytest's output is for results."""

        return Handler


def _completion(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.content}
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def _embeddings(model: Model, request: dict[str, Any]) -> dict[str, Any]:
    texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
    data = [
        {"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(model.embed(texts))
    ]
    return {"object": "list", "model": "stub", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def _failure(reply: Reply) -> dict[str, Any]:
    return {"error": {"message": f"stubbed failure {reply.status}", "type": "stub", "code": str(reply.status)}}
