"""The bundled embedding: equal by both ways, sensible, bounded in size, and never downloaded."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval import build_embedding as build
from retrieval.embed import (
    BUNDLED,
    DIMENSION,
    MODEL_HOME,
    Bundled,
    EmbeddingUnavailable,
    FastEmbed,
    embedding,
    vectors,
)

TEXTS = [
    "The Supplier shall respond to a Priority 1 Incident within fifteen (15) minutes.",
    "Invoices are payable within thirty days of receipt.",
    "",
    "Zahlungsziel: 30 Tage netto, Überweisung in €.",
    "a " * 2000,
    "☃",
]


def test_both_ways_give_equal_vectors() -> None:
    np.testing.assert_allclose(vectors(TEXTS), FastEmbed(BUNDLED).vectors(TEXTS), atol=1e-6)
    np.testing.assert_allclose(Bundled().query(TEXTS[0]), FastEmbed(BUNDLED).query(TEXTS[0]), atol=1e-6)


def test_vectors_are_of_length_one_or_nought() -> None:
    made = vectors(TEXTS)
    assert made.shape == (len(TEXTS), DIMENSION)
    assert np.linalg.norm(made, axis=1) == pytest.approx([1, 1, 0, 1, 1, 0], abs=1e-5)
    assert vectors([]).shape == (0, DIMENSION) == FastEmbed(BUNDLED).vectors([]).shape


def test_a_vector_does_not_depend_on_its_company() -> None:
    alone = np.concatenate([vectors([text]) for text in TEXTS])
    np.testing.assert_allclose(vectors(TEXTS * 60)[: len(TEXTS)], alone, atol=1e-5)


@pytest.mark.parametrize(
    ("question", "near", "far"),
    [
        ("How fast must outages be fixed?", "Faults are repaired within six hours.", "Rent is due monthly."),
        (
            "When must we pay?",
            "Invoices are due thirty days after receipt.",
            "Incidents are answered at once.",
        ),
        (
            "Can they hand the contract to someone else?",
            "Assignment needs consent.",
            "Notices are in writing.",
        ),
    ],
)
def test_what_means_the_same_is_nearer(question: str, near: str, far: str) -> None:
    asked, right, wrong = vectors([question, near, far])
    assert asked @ right > asked @ wrong


def test_the_setting_chooses_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PACTA_EMBEDDING", raising=False)
    assert embedding().name == BUNDLED
    monkeypatch.setenv("PACTA_EMBEDDING", str(MODEL_HOME))
    chosen = embedding()
    assert (chosen.name, chosen.dimension) == (str(MODEL_HOME), DIMENSION)
    np.testing.assert_allclose(chosen.vectors(TEXTS), vectors(TEXTS), atol=1e-6)


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(EmbeddingUnavailable, match="nobody/nothing") as caught:
        embedding("nobody/nothing")
    assert "PACTA_EMBEDDING" in caught.value.remedy


def test_the_bundled_files_are_small() -> None:
    assert sum(file.stat().st_size for file in MODEL_HOME.iterdir()) < 8_000_000


def test_questions_do_not_import_fastembed() -> None:
    code = (
        "import sys; from retrieval.index import open_index;"
        " heavy = {'numpy', 'onnxruntime'} & set(sys.modules);"
        " from retrieval.embed import vectors; vectors(['a']);"
        " print(heavy, {'fastembed', 'qdrant_client', 'llama_index'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "set()"]


def tiny_tokenizer() -> dict[str, object]:
    pieces = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "pay", "日", "##ment", "within"]
    model = {"type": "WordPiece", "vocab": {piece: at for at, piece in enumerate(pieces)}}
    marks = [{"id": at, "content": piece} for at, piece in enumerate(pieces) if piece in ("[PAD]", "[UNK]")]
    return {"model": model, "added_tokens": marks, "truncation": {}, "padding": {}, "post_processor": {}}


def test_building_keeps_the_pieces_contracts_are_written_in() -> None:
    trimmed = build.trimmed(tiny_tokenizer())
    kept = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "pay", "##ment", "within"]
    assert list(trimmed["model"]["vocab"].items()) == list(zip(kept, range(7), strict=True))
    assert [(token["content"], token["id"]) for token in trimmed["added_tokens"]] == [
        ("[PAD]", 0),
        ("[UNK]", 1),
    ]
    assert trimmed["post_processor"] is None


def test_building_reduces_the_same_way_every_time_and_silences_marks() -> None:
    random = np.random.default_rng(3)
    wide = random.normal(size=(40, 24)).astype(np.float32)
    pieces = ["[PAD]", "[UNK]", *(f"piece{n}" for n in range(38))]
    rows = build.reduce(wide, pieces, 8)
    assert rows.shape == (40, 8)
    np.testing.assert_array_equal(rows, build.reduce(wide, pieces, 8))
    assert not rows[:2].any()
    assert rows[2:].any(1).all()


def test_the_forward_pass_of_the_transformer() -> None:
    """One head-wide layer norm and no mixing: with zero weights only the embeddings come through."""
    width, inner = 24, 48
    weights = {
        "embeddings.word_embeddings.weight": np.arange(5 * width, dtype=np.float32).reshape(5, width) % 7,
        "embeddings.position_embeddings.weight": np.zeros((8, width), np.float32),
        "embeddings.token_type_embeddings.weight": np.zeros((2, width), np.float32),
    }

    def norm(name: str) -> None:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = (
            np.ones(width, np.float32),
            np.zeros(width, np.float32),
        )

    def linear(name: str, rows: int, columns: int) -> None:
        weights[f"{name}.weight"] = np.zeros((rows, columns), np.float32)
        weights[f"{name}.bias"] = np.zeros(rows, np.float32)

    norm("embeddings.LayerNorm")
    for at in range(build.LAYERS):
        layer = f"encoder.layer.{at}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{layer}.attention.{part}", width, width)
        linear(f"{layer}.intermediate.dense", inner, width)
        linear(f"{layer}.output.dense", width, inner)
        norm(f"{layer}.attention.output.LayerNorm")
        norm(f"{layer}.output.LayerNorm")
    got = build.Transformer(weights).mean(np.array([[1, 1], [2, 3]]))
    rows = weights["embeddings.word_embeddings.weight"]
    scaled = (rows - rows.mean(1, keepdims=True)) / rows.std(1, keepdims=True)
    np.testing.assert_allclose(got, [scaled[1], (scaled[2] + scaled[3]) / 2], atol=1e-5)


def test_safetensors_are_read(tmp_path: Path) -> None:
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    head = b'{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(head).to_bytes(8, "little") + head + rows.tobytes())
    read = build.read_safetensors(file)
    assert list(read) == ["a"]
    np.testing.assert_array_equal(read["a"], rows)
