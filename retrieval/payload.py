"""What the index keeps of a chunk, and back: one flat payload for each point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from obligations.document import Chunk
from retrieval.engine import Point, words_of
from retrieval.named import OPENING
from retrieval.query import numbers_of


@dataclass(frozen=True)
class ContractEntry:
    """What the index keeps of a contract beside its text."""

    contract_id: str
    document_id: str
    title: str
    counterparty_id: str = ""
    counterparty_name: str = ""
    business_unit: str | None = None
    effective_on: date | None = None
    expires_on: date | None = None


def payload_of(entry: ContractEntry, chunk: Chunk, digest: str) -> dict[str, Any]:
    """The payload of a chunk; what is not known is left out. `digest` stands for all that was put with it."""
    payload = {
        "contract": entry.contract_id,
        "document": entry.document_id,
        "title": entry.title,
        "party": entry.counterparty_id,
        "party_name": entry.counterparty_name,
        "business_unit": entry.business_unit,
        "effective_on": entry.effective_on and entry.effective_on.isoformat(),
        "expires_on": entry.expires_on and entry.expires_on.isoformat(),
        "chunk": chunk.id,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "section": chunk.section,
        "path": list(chunk.path),
        "numbers": list(numbers_of(chunk)),
        "opening": ["opening"] if chunk.start < OPENING or _names_parties(chunk) else None,
        "page": chunk.page,
        "kinds": [kind for kind, _ in chunk.kinds],
        "certainties": [certainty for _, certainty in chunk.kinds],
        "answers": [list(place) for place in chunk.answers],
        "digest": digest,
    }
    return {key: value for key, value in payload.items() if value is not None}


def _names_parties(chunk: Chunk) -> bool:
    """A long table of contents may stand before the clause that names the parties."""
    return any(kind == "parties" for kind, _ in chunk.likely)


def chunk_of(payload: dict[str, Any]) -> Chunk:
    """The chunk a payload was made of."""
    return Chunk(
        id=payload["chunk"],
        document_id=payload["document"],
        start=payload["start"],
        end=payload["end"],
        text=payload["text"],
        section=payload["section"],
        path=tuple(payload["path"]),
        page=payload.get("page"),
        kinds=tuple(zip(payload["kinds"], payload["certainties"], strict=True)),
        answers=tuple((start, end) for start, end in payload["answers"]),
    )


def text_of(payload: dict[str, Any]) -> str:
    """The text that is embedded: a chunk says little about whose it is, its title and headings do."""
    names = " ".join(name for name in (payload["title"], payload["party_name"]) if name)
    headings = " ".join((*payload["path"], payload["section"]))
    return f"{names}\n{headings}\n{payload['text']}"


def id_of(payload: dict[str, Any]) -> str:
    """The same for the same chunk of the same contract, so that putting it again replaces it."""
    return str(uuid5(NAMESPACE_URL, f"{payload['contract']}\n{payload['chunk']}"))


def point_of(payload: dict[str, Any], vector: Sequence[float]) -> Point:
    """The point of a payload whose text has that vector."""
    return Point(id_of(payload), list(vector), words_of(text_of(payload)), payload)
