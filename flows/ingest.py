"""Bring a contract in: from the CLM by record id, or from a file. Running it again changes nothing.

One ingestion is: fetch, parse, chunk, tag, extract, ground, review by policy, store (one transaction),
index. Every step may be repeated: the store replaces by document and obligation id, the index by
document. A file that cannot be read becomes a recorded problem and the rest of a batch goes on.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flows import parties, reading
from flows.errors import FlowError
from obligations import facts
from obligations.document import Chunk, Document, Problem
from obligations.errors import PactaError
from obligations.model import Contract, Obligation
from store import ReadContract, Scope

if TYPE_CHECKING:
    from extraction import Extraction
    from flows.wiring import Pacta
    from tools.kit.contracts import RawContract

FILES = "files"
"""Source system of a contract that came as a file."""

SUFFIXES = (".pdf", ".docx", ".txt", ".md", ".html", ".htm")


@dataclass(frozen=True)
class Ingested:
    """What one ingestion did. `error` when the file could not be read at all; `unchanged` when the same
    document was there already."""

    name: str
    contract: Contract | None = None
    document: Document | None = None
    obligations: tuple[Obligation, ...] = ()
    problems: tuple[Problem, ...] = ()
    added: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    unchanged: bool = False
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Source:
    """What is known of a contract before its text is read."""

    contract: Contract
    counterparty: str = ""
    aliases: tuple[str, ...] = ()
    keys: dict[str, str] = field(default_factory=dict)


def ingest_record(pacta: "Pacta", system: str, record: str) -> Ingested:
    """Fetch one signed contract from a CLM and read it. Raises the connector's errors."""
    connector = pacta.connector(system)
    raw: RawContract = connector.contract(record)  # type: ignore[attr-defined]
    data, name = connector.document(record)  # type: ignore[attr-defined]
    own = parties.us(pacta)
    contract = Contract(
        id=raw.id,
        title=raw.title,
        type=raw.type or "unknown",
        relation=raw.relation or "standalone",
        parent=raw.parent,
        us=own.id if own else None,
        business_unit=raw.business_unit,
        agreed_on=raw.agreed_on,
        effective_on=raw.effective_on,
        expires_on=raw.expires_on,
        source=raw.source,
    )
    return _ingest(
        pacta, Source(contract, raw.counterparty, raw.aliases, raw.party_keys), data, name, by=system
    )


def ingest_file(pacta: "Pacta", path: Path, *, business_unit: str = "", by: str = "command line") -> Ingested:
    """Read one file. An unreadable one is recorded as a problem and returned with its `error`."""
    try:
        data = path.read_bytes()
        own = parties.us(pacta)
        contract = Contract(
            id=_contract_id(pacta, path, data),
            title="",
            type="unknown",
            us=own.id if own else None,
            business_unit=business_unit,
            source=facts.Source(system=FILES, record=str(path.resolve()), label=path.name),
        )
        return _ingest(pacta, Source(contract), data, path.name, by=by)
    except (OSError, PactaError) as error:
        remedy = getattr(error, "remedy", "")
        problem = Problem(stage="ingest", what=str(error), place=path.name, remedy=remedy)
        pacta.store.put_problems([problem], at=pacta.clock())
        return Ingested(path.name, problems=(problem,), error=str(error), remedy=remedy)


def ingest_paths(pacta: "Pacta", paths: Sequence[Path], *, business_unit: str = "") -> Iterator[Ingested]:
    """Files and folders (read recursively), one result each, in order of their names."""
    for path in expand(paths):
        yield ingest_file(pacta, path, business_unit=business_unit)


def expand(paths: Sequence[Path]) -> list[Path]:
    """The contract files under the given paths. Raises FlowError for a path that is not there."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise FlowError(f"{path} does not exist", remedy="check the path")
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _contract_id(pacta: "Pacta", path: Path, data: bytes) -> str:
    """The contract that this file, or a file with this content, was read as before; else its name as an
    id, with a mark of its folder where another file of that name was read."""
    digest = hashlib.sha256(data).hexdigest()
    for held in pacta.store.documents(Scope.all()):
        if held["id"] == digest:
            return str(held["contract"])
    record = str(path.resolve())
    wanted = parties.slug(path.stem)
    contracts = {c.id: c for c in pacta.store.contracts(Scope.all())}
    same = next((c for c in contracts.values() if c.source and c.source.record == record), None)
    if same is not None:
        return same.id
    mark = hashlib.sha256(record.encode()).hexdigest()[:6]
    return wanted if wanted not in contracts else f"{wanted}-{mark}"


def _ingest(pacta: "Pacta", source: Source, data: bytes, name: str, *, by: str) -> Ingested:
    document, chunks = reading.parse(data, name)
    if _held(pacta, source.contract.id, document.id):
        _index(pacta, source.contract.id)
        return _unchanged(pacta, source, document, by)
    contract = source.contract
    if source.counterparty:
        party = parties.ensure(pacta, source.counterparty, source.aliases, source.keys, at=pacta.clock())
        contract = contract.model_copy(update={"counterparty": party.id})
    done = _read(pacta, contract, document, chunks, data, by)
    _index(pacta, done.contract.id if done.contract else contract.id)
    for below in _dependants(pacta, contract):
        _read_again(pacta, below)
    return done


def _read(
    pacta: "Pacta", contract: Contract, document: Document, chunks: Sequence[Chunk], data: bytes, by: str
) -> Ingested:
    """Extract, resolve parties, and store what one document says, in one transaction."""
    above = reading.parents_of(pacta, contract)
    extraction = reading.extract(pacta, contract, document, chunks, above)
    contract = reading.complete(contract, document, extraction)
    if contract.counterparty is None:
        contract = _with_mentioned(pacta, contract, extraction)
    obligations, found = reading.obligations_of(pacta, contract, document, extraction, above)
    problems = (*document.problems, *extraction.problems, *found)
    read = ReadContract(chunks, obligations, problems)
    change = pacta.store.put_reading(contract, document, data, read, by=by, at=pacta.clock())
    return Ingested(
        document.name,
        contract,
        document,
        obligations,
        problems,
        added=change.added,
        superseded=change.superseded,
    )


def _dependants(pacta: "Pacta", contract: Contract) -> list[Contract]:
    """Documents read before one they hang on: its schedules and SOWs, and the amendments of the tree.

    Webhooks come in any order; a schedule read before its master lacked the master's definitions.
    """
    held = [c for c in pacta.store.contracts(Scope.all()) if c.id != contract.id and c.document_id]
    roots = {contract.id, contract.parent} if contract.relation in ("schedule", "sow") else {contract.id}
    found = [c for c in held if c.parent == contract.id or (c.relation == "amendment" and c.parent in roots)]
    return sorted(found, key=lambda c: (c.relation == "amendment", c.id))


def _read_again(pacta: "Pacta", contract: Contract) -> None:
    """Extract anew from the stored document; reviews of what is found again are kept."""
    assert contract.document_id is not None
    document = pacta.store.document(contract.document_id, Scope.all())
    chunks = pacta.store.chunks(contract.document_id, Scope.all())
    _, data = pacta.store.original(contract.document_id, Scope.all())
    _read(pacta, contract, document, chunks, data, by="reread")


def _with_mentioned(pacta: "Pacta", contract: Contract, extraction: "Extraction") -> Contract:
    """The counterparty from the text: the first party that is not us."""
    at = pacta.clock()
    for mention in extraction.facts.parties:
        if contract.us is None or reading.party_of(contract, mention.name, mention.aliases) != contract.us:
            party = parties.ensure(pacta, mention.name, mention.aliases, at=at)
            return contract.model_copy(update={"counterparty": party.id})
    return contract


def _held(pacta: "Pacta", contract_id: str, document_id: str) -> bool:
    return any(
        d["id"] == document_id and d["contract"] == contract_id for d in pacta.store.documents(Scope.all())
    )


def _unchanged(pacta: "Pacta", source: Source, document: Document, by: str) -> Ingested:
    """The same file again: metadata from the CLM may still have moved."""
    held = pacta.store.contract(source.contract.id, Scope.all())
    said = source.contract.model_dump(include={"title", "parent", "business_unit", "source"})
    moved = Contract.model_validate({**held.model_dump(), **{k: v for k, v in said.items() if v}})
    if moved != held:
        pacta.store.put_contract(moved, by=by, at=pacta.clock())
    obligations = pacta.store.obligations(Scope.all(), contract=held.id)
    return Ingested(document.name, moved, document, obligations, unchanged=True)


def _index(pacta: "Pacta", contract_id: str) -> None:
    """Put a contract's current chunks into the index; replaces what it held of that document."""
    from retrieval.index import ContractEntry

    contract = pacta.store.contract(contract_id, Scope.all())
    if contract.document_id is None:
        return
    names = {p.id: p.name for p in pacta.store.parties(Scope.all())}
    entry = ContractEntry(
        contract_id=contract.id,
        document_id=contract.document_id,
        title=contract.title,
        counterparty_id=contract.counterparty or "",
        counterparty_name=names.get(contract.counterparty or "", ""),
        business_unit=contract.business_unit,
        effective_on=contract.effective_on,
        expires_on=contract.expires_on,
    )
    pacta.index.put(entry, pacta.store.chunks(contract.document_id, Scope.all()))
