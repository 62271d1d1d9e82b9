"""Texts to vectors: the bundled static model without any download, or a hub model by setting.

The bundled model (docs/decisions/0002-embedding.md) is one ONNX graph: look up each piece of the text, sum,
normalise. Questions use it directly through onnxruntime and tokenizers, which start in a third of fastembed's
time. The ingestion pipeline and every other model go through fastembed; the bundled one gives equal vectors
either way.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

BUNDLED = "pacta/static-minilm-1"
DIMENSION = 192
MODEL_HOME = Path(__file__).parent / "models" / "embedding"
MODEL = "model.onnx"
LONGEST = 512
"""Pieces of a text that are read; a chunk with its title has about 350 at most."""
BATCH = 256


class EmbeddingUnavailable(RetrievalError):
    """The embedding model cannot be loaded."""

    remedy = "Unset PACTA_EMBEDDING for the bundled model, or make the hub model available offline."


class Embedding(Protocol):
    """What the index asks of an embedding. `name` is kept with the index, which cannot mix two."""

    name: str
    dimension: int

    def vectors(self, texts: Sequence[str]) -> "Vectors":
        """One row of length `dimension` for each text."""
        ...

    def query(self, text: str) -> "Vectors":
        """The vector of a question."""
        ...


class Bundled:
    """The model in this package."""

    name, dimension = BUNDLED, DIMENSION

    def vectors(self, texts: Sequence[str]) -> "Vectors":
        return vectors(texts)

    def query(self, text: str) -> "Vectors":
        row: Vectors = vectors([text])[0]
        return row


class FastEmbed:
    """A model that fastembed runs: one of its own by name, the bundled one, or one in a folder."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = _fastembed(name)
        self.dimension = int(self._model.embedding_size)

    def vectors(self, texts: Sequence[str]) -> "Vectors":
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return np.asarray(list(self._model.embed(list(texts), batch_size=BATCH)), np.float32)

    def query(self, text: str) -> "Vectors":
        import numpy as np

        return np.asarray(next(iter(self._model.query_embed(text))), np.float32)


def embedding(name: str | None = None) -> Embedding:
    """The embedding of that name; the one named by PACTA_EMBEDDING, or the bundled one, without a name.

    A name is one that fastembed knows, or the path of a folder with `model.onnx` and its tokenizer's files.
    Raises EmbeddingUnavailable for a name that fastembed does not know or cannot load.
    """
    name = name or os.environ.get("PACTA_EMBEDDING") or BUNDLED
    return Bundled() if name == BUNDLED else FastEmbed(name)


def vectors(texts: Sequence[str]) -> "Vectors":
    """Unit vectors of the bundled model, `len(texts)` x `DIMENSION`; all 0 for a text of no known piece."""
    import numpy as np

    session, tokenizer = _loaded()
    out = np.zeros((len(texts), DIMENSION), np.float32)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        encoded = tokenizer.encode_batch_fast([texts[at] for at in rows])
        ids = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        out[rows] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return out


@lru_cache(maxsize=1)
def _loaded() -> tuple[Any, Any]:
    """The ONNX session and the tokenizer of the bundled model."""
    from tokenizers import Tokenizer

    onnxruntime: Any = import_module("onnxruntime")  # its package does not declare what it exports
    if not (MODEL_HOME / MODEL).is_file():
        raise EmbeddingUnavailable(
            f"the bundled embedding is missing: {MODEL_HOME / MODEL}",
            remedy="Install the package again, or run `python -m retrieval.build_embedding`.",
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(MODEL_HOME / MODEL), options, ["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(MODEL_HOME / "tokenizer.json"))
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id("[PAD]"), pad_token="[PAD]")  # noqa: S106
    return session, tokenizer


def _fastembed(name: str) -> Any:
    """The fastembed model of that name; what stands in a folder is registered as a custom model."""
    from fastembed import TextEmbedding

    folder = MODEL_HOME if name == BUNDLED else Path(name)
    try:
        if not folder.is_dir():
            return TextEmbedding(name)
        _register(name, folder)
        return TextEmbedding(name, specific_model_path=str(folder), threads=1)
    except (ValueError, OSError) as error:
        raise EmbeddingUnavailable(f"cannot load the embedding {name}: {error}") from error


@lru_cache
def _register(name: str, folder: Path) -> None:
    """Make a model in a folder known. One output for each piece is averaged, one for each text is taken."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    onnxruntime: Any = import_module("onnxruntime")
    session = onnxruntime.InferenceSession(str(folder / MODEL), providers=["CPUExecutionProvider"])
    shape = session.get_outputs()[0].shape
    TextEmbedding.add_custom_model(
        model=name,
        pooling=PoolingType.DISABLED if len(shape) == 2 else PoolingType.MEAN,
        normalization=len(shape) == 3,
        sources=ModelSource(url=folder.resolve().as_uri()),
        dim=int(shape[-1]),
        model_file=MODEL,
    )
