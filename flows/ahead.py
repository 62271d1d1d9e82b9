"""Files read on every core, ahead of the one process that stores what was read.

Reading a contract is nine tenths of bringing it in and needs neither store nor index. A worker gets the
name of a file and gives back what stands in it, or why it cannot be read; one that dies takes only the
file with it that killed it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from obligations.document import Chunk, Document
from obligations.errors import PactaError

if TYPE_CHECKING:
    from extraction import Extraction

FEW = 4
"""Below so many files starting workers costs more than it saves."""
AHEAD = 4
"""Files for each worker that are read before the first of them is asked for: bounds memory."""


@dataclass(frozen=True)
class File:
    """A file to read. `own` are our names, by which the reader tells the sides; `library` is the folder of
    the clause library that guides it."""

    path: Path
    own: tuple[str, ...] = ()
    library: Path | None = None


@dataclass(frozen=True)
class Prepared:
    """What stands in a file, and its bytes; `error` and `remedy` instead where it cannot be read."""

    data: bytes = b""
    document: Document | None = None
    chunks: tuple[Chunk, ...] = ()
    extraction: "Extraction | None" = None
    error: str = ""
    remedy: str = ""


Reader = Callable[[File], Prepared]


def prepare(file: File) -> Prepared:
    """Parse and read one file that hangs on no other document. Never raises for what a file holds."""
    from extraction import ContractHints, read
    from flows import reading

    try:
        data = file.path.read_bytes()
        document, chunks = reading.parse(data, file.path.name)
        clauses = reading.clauses_in(file.library) if file.library else None
    except (OSError, PactaError) as error:
        return Prepared(error=str(error), remedy=getattr(error, "remedy", ""))
    return Prepared(data, document, chunks, read(document, chunks, ContractHints(us=file.own), clauses))


def prepare_all(files: Sequence[File], read: Reader = prepare) -> Iterator[Prepared]:
    """What stands in each file, in the order given. `read` must be importable by a worker."""
    workers = min(os.cpu_count() or 1, len(files))
    if workers < 2 or len(files) < FEW:
        yield from map(read, files)
        return
    left = deque(files)
    while left:
        for prepared in _until_broken(tuple(left), read, workers):
            left.popleft()
            yield prepared
        if left:
            yield _alone(left.popleft(), read)


def _until_broken(files: Sequence[File], read: Reader, workers: int) -> Iterator[Prepared]:
    """Results in order; ends early, at the first file without one, when a worker has died."""
    with _pool(workers) as pool:
        waiting: deque[Future[Prepared]] = deque()
        try:
            for file in files:
                waiting.append(pool.submit(read, file))
                if len(waiting) > AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            return
        finally:
            for future in waiting:
                future.cancel()


def _alone(file: File, read: Reader) -> Prepared:
    """A file during whose turn a worker died, in a process of its own."""
    with _pool(1) as pool:
        try:
            return pool.submit(read, file).result()
        except BrokenProcessPool:
            return Prepared(
                error=f"{file.path.name}: the process that read it was killed",
                remedy="It may need more memory than there is; split it, or read it on a larger machine.",
            )


def _pool(workers: int) -> ProcessPoolExecutor:
    """Workers that share nothing with this process, which may hold locks and threads."""
    return ProcessPoolExecutor(workers, mp_context=get_context("forkserver"))
