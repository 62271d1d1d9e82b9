"""The embedded engine: Qdrant Edge in this process, its data in one folder.

Only one process can have the folder open. The lock is taken when an operation needs it and kept while nobody
else wants it, so that a command can ask a question while a server runs: it leaves a mark, the holder lets go
after the operation at hand, and takes the folder back for its next one. The lock is the operating system's,
so that it ends with its process.
"""

import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from retrieval.engine import DATES, DENSE, KEYWORDS, SCHEMA, WORDS, Found, Nearest, Point, Sparse, Where
from retrieval.errors import IndexLocked, IndexMismatch
from retrieval.index_errors import IndexDamaged

if TYPE_CHECKING:
    import qdrant_edge

PATIENCE = 10.0
"""Seconds to wait for another process to let go of the folder."""
SHARD = "shard"
_POLL = 0.02
_FRESH = 2.0
"""A mark older than this was left by a process that has died or given up."""


class EdgeEngine:
    """The points in `home`. Nothing is opened or written before the first operation that needs it."""

    def __init__(self, home: Path, embedding: str, dimension: int, *, patience: float = PATIENCE) -> None:
        self._home, self._patience = home, patience
        self._dimension = dimension
        self._about = {"schema": SCHEMA, "embedding": embedding, "dimension": dimension}
        self._guard = threading.RLock()
        self._shard: qdrant_edge.EdgeShard | None = None
        self._lock: IO[str] | None = None
        self._done = threading.Event()
        self._changed = False

    def upsert(self, points: Sequence[Point]) -> None:
        import qdrant_edge as edge

        if not points:
            return
        made = [
            edge.Point(
                point.id,
                {DENSE: point.dense, WORDS: edge.SparseVector(point.words.indices, point.words.values)},
                point.payload,
            )
            for point in points
        ]
        with self._open() as shard:
            self._changed = True
            shard.update(edge.UpdateOperation.upsert_points(made))

    def delete(self, where: Where) -> None:
        import qdrant_edge as edge

        if self._exists():
            with self._open() as shard:
                self._changed = True
                shard.update(edge.UpdateOperation.delete_points_by_filter(_filter(where)))

    def count(self, where: Where) -> int:
        import qdrant_edge as edge

        if not self._exists():
            return 0
        with self._open() as shard:
            return int(shard.count(edge.CountRequest(exact=True, filter=_filter(where))))

    def nearest(self, lists: Sequence[Nearest]) -> list[list[Found]]:
        import qdrant_edge as edge

        if not self._exists() or not lists:
            return [[] for _ in lists]
        asked = edge.QueryBatchRequest([_request(wanted) for wanted in lists])
        with self._open() as shard:
            ranked = shard.query_batch(asked)
        return [[Found(str(p.id), p.score, p.payload or {}) for p in points] for points in ranked]

    def payloads(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        if not ids or not self._exists():
            return {}
        with self._open() as shard:
            found = shard.retrieve(list(ids), with_payload=True, with_vector=False)
        return {str(point.id): point.payload or {} for point in found}

    def clear(self) -> None:
        with self._guard:
            self._release()
            self._lock = self._locked()
            self._card.unlink(missing_ok=True)
            shutil.rmtree(self._home / SHARD, ignore_errors=True)
            self._unlock()

    def close(self) -> None:
        """Let go of the folder. The engine may be used again and then opens it again."""
        with self._guard:
            self._release()

    def _exists(self) -> bool:
        return self._shard is not None or self._card.is_file()

    @property
    def _card(self) -> Path:
        """Says what the index was made with; written last, so that without it there is no index."""
        return self._home / "index.json"

    @property
    def _mark(self) -> Path:
        return self._home / "wanted"

    @contextmanager
    def _open(self) -> "Iterator[qdrant_edge.EdgeShard]":
        with self._guard:
            if self._shard is None:
                self._lock = self._locked()
                try:
                    self._shard = self._loaded()
                finally:
                    if self._shard is None:
                        self._unlock()
                self._done = threading.Event()
                threading.Thread(target=self._yield_when_wanted, args=(self._done,), daemon=True).start()
            yield self._shard

    def _locked(self) -> IO[str]:
        self._home.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self._patience
        self._let_others_first()
        file = (self._home / "lock").open("a+", encoding="utf-8")
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = _holder(file)
                    file.close()
                    raise IndexLocked(
                        f"the index in {self._home} is in use by process {holder}",
                        remedy="Wait, stop that process, or set PACTA_QDRANT_URL to a Qdrant server.",
                    ) from None
                self._mark.touch()
                time.sleep(_POLL)
        self._mark.unlink(missing_ok=True)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def _let_others_first(self) -> None:
        """Who waits already goes first, or a busy holder would take the folder back at once."""
        until = time.monotonic() + _POLL * 10
        while self._wanted() and time.monotonic() < until:
            time.sleep(_POLL)

    def _wanted(self) -> bool:
        try:
            return time.time() - self._mark.stat().st_mtime < _FRESH
        except FileNotFoundError:
            return False

    def _yield_when_wanted(self, done: threading.Event) -> None:
        while not done.wait(_POLL):
            if self._wanted():
                with self._guard:
                    if not done.is_set():
                        self._release()
                return

    def _release(self) -> None:
        self._done.set()
        if self._shard is not None:
            if self._changed:
                self._shard.flush()
            self._shard.close()
            self._shard, self._changed = None, False
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _loaded(self) -> "qdrant_edge.EdgeShard":
        import qdrant_edge as edge

        folder = self._home / SHARD
        if not self._card.is_file():
            return self._created(folder)
        held = json.loads(self._card.read_text(encoding="utf-8"))
        if held != self._about:
            raise IndexMismatch(f"the index in {self._home} was made with {held}, this is {self._about}")
        try:
            return edge.EdgeShard.load(str(folder))
        except Exception as error:
            # The library raises nothing more specific.
            raise IndexDamaged(f"the index in {self._home} cannot be read: {error}") from error

    def _created(self, folder: Path) -> "qdrant_edge.EdgeShard":
        import qdrant_edge as edge

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shard = edge.EdgeShard.create(
            str(folder),
            edge.EdgeConfig(
                vectors={DENSE: edge.EdgeVectorParams(size=self._dimension, distance=edge.Distance.Dot)},
                sparse_vectors={WORDS: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
            ),
        )
        kinds = edge.PayloadSchemaType
        for key, kind in [*((k, kinds.Keyword) for k in KEYWORDS), *((d, kinds.Datetime) for d in DATES)]:
            shard.update(edge.UpdateOperation.create_field_index(key, kind))
        shard.flush()
        card = self._card.with_suffix(".new")
        card.write_text(json.dumps(self._about), encoding="utf-8")
        card.replace(self._card)
        return shard


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "(unknown)"


def _filter(where: Where) -> "qdrant_edge.Filter":
    import qdrant_edge as edge

    among: list[Any] = [
        edge.FieldCondition(key, match=edge.MatchAny(list(v))) for key, v in where.among.items()
    ]
    but: list[Any] = [edge.HasIdCondition(set(where.except_ids))] if where.except_ids else []
    return edge.Filter(must=among, must_not=but)


def _request(wanted: Nearest) -> "qdrant_edge.QueryRequest":
    import qdrant_edge as edge

    vector: Any = wanted.vector
    name = DENSE
    if isinstance(vector, Sparse):
        name, vector = WORDS, edge.SparseVector(vector.indices, vector.values)
    nearest = edge.Query.Nearest(vector, using=name)
    fields: Any = True if wanted.fields is None else edge.PayloadSelector.Include(list(wanted.fields))
    return edge.QueryRequest(wanted.limit, query=nearest, filter=_filter(wanted.where), with_payload=fields)
