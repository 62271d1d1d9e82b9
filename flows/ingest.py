"""Bring a contract in: from the CLM by record id, or from a file. Running it again changes nothing.

One ingestion is: fetch, parse, chunk, tag, extract, ground, review by policy, store (one transaction),
index. Every step may be repeated: the store replaces by document and obligation id, the index by
document. A file that cannot be read becomes a recorded problem and the rest of a batch goes on.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flows import ahead, model_reading, parties, reading
from flows.errors import FlowError
from obligations import facts
from obligations.document import Document, Problem
from obligations.errors import PactaError
from obligations.model import Contract, Obligation
from store import ReadContract, ReadingChange, Scope

if TYPE_CHECKING:
    from extraction import Extraction
    from flows.wiring import Pacta
    from tools.kit.contracts import RawContract

FILES = "files"
"""Source system of a contract that came as a file."""

SUFFIXES = (".pdf", ".docx", ".txt", ".md", ".html", ".htm")


@dataclass(frozen=True)
class Ingested:
    """What one ingestion did: `obligations` as they are held now, and `change` against the version before.

    `error` when the file could not be read at all; `unchanged` when the same document was there already.
    """

    name: str
    contract: Contract | None = None
    document: Document | None = None
    obligations: tuple[Obligation, ...] = ()
    problems: tuple[Problem, ...] = ()
    change: ReadingChange = field(default_factory=ReadingChange)
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
    document, chunks = reading.parse(data, name)
    source = Source(contract, raw.counterparty, raw.aliases, raw.party_keys)
    return _ingest(pacta, source, ahead.Prepared(data, document, chunks), by=system)


def ingest_file(pacta: "Pacta", path: Path, *, business_unit: str = "", by: str = "command line") -> Ingested:
    """Read one file. An unreadable one is recorded as a problem and returned with its `error`."""
    return next(ingest_paths(pacta, [path], business_unit=business_unit, by=by))


def ingest_paths(
    pacta: "Pacta",
    paths: Sequence[Path],
    *,
    business_unit: str = "",
    by: str = "command line",
    version_of: str = "",
) -> Iterator[Ingested]:
    """Files and folders (read recursively), one result each, in order of their names.

    `version_of` is the id of the contract that a single file is a new version of, whatever its name.
    Raises FlowError for a path that is not there or for a version that is several files, and NotFound for a
    contract that is not there, before anything is read.
    """
    held, own = _Held.of(pacta), reading.own_names(pacta)
    files = expand(paths)
    older = pacta.store.contract(version_of, Scope.all()) if version_of else None
    if older is not None and len(files) != 1:
        raise FlowError(f"{len(files)} files are no version of one contract", remedy="give one file")
    unchanged = {path: digest for path in files if (digest := held.unchanged(path))}
    library = reading.library_folder(pacta)
    read = ahead.prepare_all([ahead.File(path, own, library) for path in files if path not in unchanged])
    for path in files:
        if path in unchanged:
            yield _ingest_known(pacta, held.contracts[unchanged[path]], path, unchanged[path], by)
        else:
            yield _ingest_prepared(pacta, held, path, next(read), Batch(business_unit, by, older))


@dataclass(frozen=True)
class Batch:
    """What holds for all files that are read together; `older` is the contract that the file is a new
    version of."""

    business_unit: str
    by: str
    older: Contract | None = None


@dataclass
class _Held:
    """What is there already, looked up once for a batch: contracts by document, and ids by file."""

    contracts: dict[str, str]
    records: dict[str, str]
    ids: set[str]

    @classmethod
    def of(cls, pacta: "Pacta") -> "_Held":
        contracts = pacta.store.contracts(Scope.all())
        return cls(
            {d["id"]: d["contract"] for d in pacta.store.documents(Scope.all())},
            {c.source.record: c.id for c in contracts if c.source},
            {c.id for c in contracts},
        )

    def unchanged(self, path: Path) -> str:
        """The document's id where a file with this content was read as a contract; else empty."""
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return ""
        return digest if digest in self.contracts else ""

    def contract_id(self, path: Path, document_id: str) -> str:
        """The contract that this file, or a file with this content, was read as before; else its name as
        an id, with a mark of its folder where another file of that name was read."""
        record = str(path.resolve())
        known = self.contracts.get(document_id) or self.records.get(record)
        wanted = parties.slug(path.stem)
        mark = hashlib.sha256(record.encode()).hexdigest()[:6]
        return known or (wanted if wanted not in self.ids else f"{wanted}-{mark}")

    def add(self, contract: Contract) -> None:
        self.ids.add(contract.id)
        if contract.document_id:
            self.contracts[contract.document_id] = contract.id
        if contract.source:
            self.records[contract.source.record] = contract.id


def _ingest_known(pacta: "Pacta", contract_id: str, path: Path, document_id: str, by: str) -> Ingested:
    """A file with content that was read before: only the index may lack it, after a crash."""
    document = pacta.store.document(document_id, Scope.all())
    _index(pacta, contract_id)
    source = Source(Contract(id=contract_id, title="", type="unknown", source=_file_source(path)))
    return _unchanged(pacta, source, document, by)


def _ingest_prepared(
    pacta: "Pacta", held: _Held, path: Path, prepared: ahead.Prepared, batch: Batch
) -> Ingested:
    """Store what was read in a file; what cannot be read or stored becomes a problem."""
    if prepared.document is None:
        return _refused(pacta, path, prepared.error, prepared.remedy)
    try:
        own = parties.us(pacta)
        contract = Contract(
            id=held.contract_id(path, prepared.document.id),
            title="",
            type="unknown",
            us=own.id if own else None,
            business_unit=batch.business_unit,
            source=_file_source(path),
        )
        if batch.older is not None:
            contract = _version(batch.older, contract)
            if contract.parent is not None:
                prepared = replace(prepared, extraction=None)
        done = _ingest(pacta, Source(contract), prepared, by=batch.by)
    except PactaError as error:
        return _refused(pacta, path, str(error), getattr(error, "remedy", ""))
    if done.contract:
        held.add(done.contract)
    return done


def _version(older: Contract, read: Contract) -> Contract:
    """A file as another version of a contract: the same place in the tree, party and record as before."""
    kept = ("id", "title", "relation", "parent", "counterparty", "business_unit", "source")
    given = {name: getattr(older, name) for name in kept}
    return read.model_copy(update={**given, "business_unit": read.business_unit or older.business_unit})


def _file_source(path: Path) -> facts.Source:
    return facts.Source(system=FILES, record=str(path.resolve()), label=path.name)


def _refused(pacta: "Pacta", path: Path, what: str, remedy: str) -> Ingested:
    problem = Problem(stage="ingest", what=what, place=path.name, remedy=remedy)
    pacta.store.put_problems([problem], at=pacta.clock())
    return Ingested(path.name, problems=(problem,), error=what, remedy=remedy)


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


def _ingest(pacta: "Pacta", source: Source, prepared: ahead.Prepared, *, by: str) -> Ingested:
    document = prepared.document
    assert document is not None
    if _held(pacta, source.contract.id, document.id):
        _index(pacta, source.contract.id)
        return _unchanged(pacta, source, document, by)
    contract = source.contract
    if source.counterparty:
        party = parties.ensure(pacta, source.counterparty, source.aliases, source.keys, at=pacta.clock())
        contract = contract.model_copy(update={"counterparty": party.id})
    done = _read(pacta, contract, prepared, by)
    _index(pacta, done.contract.id if done.contract else contract.id)
    for below in _dependants(pacta, contract):
        _read_again(pacta, below)
    return done


def _read(pacta: "Pacta", contract: Contract, prepared: ahead.Prepared, by: str) -> Ingested:
    """Extract, resolve parties, and store what one document says, in one transaction."""
    document, chunks, data = prepared.document, prepared.chunks, prepared.data
    assert document is not None
    above = reading.parents_of(pacta, contract)
    extraction = prepared.extraction or reading.extract(pacta, contract, document, chunks, above)
    extraction = model_reading.read_further(pacta, document, chunks, extraction)
    contract = reading.complete(contract, document, extraction)
    if contract.counterparty is None:
        contract = _with_mentioned(pacta, contract, extraction)
    if contract.relation == "amendment" and (amended := _amended(pacta, contract)):
        contract = contract.model_copy(update={"parent": amended})
        above = reading.parents_of(pacta, contract)
        extraction = model_reading.read_further(
            pacta, document, chunks, reading.extract(pacta, contract, document, chunks, above)
        )
    obligations, found = reading.obligations_of(pacta, contract, document, extraction, above)
    problems = (*document.problems, *extraction.problems, *found)
    read = ReadContract(chunks, obligations, problems)
    change = pacta.store.put_reading(contract, document, data, read, by=by, at=pacta.clock())
    return Ingested(
        document.name,
        contract,
        document,
        change.obligations,
        problems,
        change=change,
    )


def _amended(pacta: "Pacta", contract: Contract) -> str | None:
    """The contract whose title an amendment's own title names, where no CLM says what it amends: the one
    of that title with the same party."""
    if contract.parent is not None or contract.counterparty is None:
        return None
    said = " ".join(contract.title.split()).casefold()
    found = [
        held
        for held in pacta.store.contracts(Scope.all())
        if held.id != contract.id
        and held.counterparty == contract.counterparty
        and held.relation != "amendment"
        and held.title
        and " ".join(held.title.split()).casefold() in said
    ]
    return found[0].id if len(found) == 1 else None


def _dependants(pacta: "Pacta", contract: Contract) -> list[Contract]:
    """Documents read before one they hang on: its schedules and SOWs, and the amendments of the tree.

    Webhooks come in any order; a schedule read before its master lacked the master's definitions.
    """
    roots = {contract.id}
    if contract.relation in ("schedule", "sow") and contract.parent:
        roots.add(contract.parent)
    below = pacta.store.contracts(Scope.all(), parents=roots)
    held = [c for c in below if c.id != contract.id and c.document_id]
    found = [c for c in held if c.parent == contract.id or c.relation == "amendment"]
    return sorted(found, key=lambda c: (c.relation == "amendment", c.id))


def _read_again(pacta: "Pacta", contract: Contract) -> None:
    """Extract anew from the stored document; reviews of what is found again are kept."""
    assert contract.document_id is not None
    document = pacta.store.document(contract.document_id, Scope.all())
    chunks = pacta.store.chunks(contract.document_id, Scope.all())
    _, data = pacta.store.original(contract.document_id, Scope.all())
    _read(pacta, contract, ahead.Prepared(data, document, chunks), by="reread")


def _with_mentioned(pacta: "Pacta", contract: Contract, extraction: "Extraction") -> Contract:
    """The counterparty from the text: the first party that is not us."""
    at = pacta.clock()
    for mention in extraction.facts.parties:
        if contract.us is None or reading.party_of(contract, mention.name, mention.aliases) != contract.us:
            party = parties.ensure(pacta, mention.name, mention.aliases, at=at)
            return contract.model_copy(update={"counterparty": party.id})
    return contract


def _held(pacta: "Pacta", contract_id: str, document_id: str) -> bool:
    held = pacta.store.documents(Scope.all(), contract=contract_id)
    return any(document["id"] == document_id for document in held)


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
    counterparty = pacta.store.party(contract.counterparty or "", Scope.all())
    entry = ContractEntry(
        contract_id=contract.id,
        document_id=contract.document_id,
        title=contract.title,
        counterparty_id=contract.counterparty or "",
        counterparty_name=counterparty.name if counterparty else "",
        business_unit=contract.business_unit,
        effective_on=contract.effective_on,
        expires_on=contract.expires_on,
    )
    pacta.index.put(entry, pacta.store.chunks(contract.document_id, Scope.all()))
