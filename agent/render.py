"""A checked draft as text with markers, and the citations and records the markers stand for."""

from dataclasses import dataclass, field

from agent.answer import Block, Citation, Claim, Draft, RecordReference
from agent.evidence import Evidence
from obligations.document import Span
from obligations.facts import Source


@dataclass
class Rendered:
    """The answer's text and what its markers refer to, numbered in order of appearance."""

    text: str = ""
    parts: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    records: list[RecordReference] = field(default_factory=list)
    assessments: list[str] = field(default_factory=list)


class _Markers:
    """Gives each span and each record its marker, once."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._spans: dict[tuple[str, int, int], str] = {}
        self._records: dict[tuple[str, str], str] = {}
        self.citations: list[Citation] = []
        self.records: list[RecordReference] = []

    def of(self, claim: Claim) -> str:
        marks = [self._span(span) for span in claim.spans] + [self._record(r) for r in claim.records]
        return "".join(dict.fromkeys(marks))

    def _span(self, span: Span) -> str:
        place = (span.document_id, span.start, span.end)
        if place not in self._spans:
            contract = self._evidence.contracts.get(self._evidence.document_contract(span.document_id))
            marker = self._spans[place] = f"[{len(self._spans) + 1}]"
            self.citations.append(
                Citation(
                    marker=marker,
                    contract=contract.id if contract else "",
                    document=span.document_id,
                    start=span.start,
                    end=span.end,
                    quote=span.quote,
                    section=span.section,
                    page=span.page,
                    title=contract.title if contract else "",
                    file=contract.document_name if contract else "",
                )
            )
        return self._spans[place]

    def _record(self, record: Source) -> str:
        key = (record.system, record.record)
        if key not in self._records:
            marker = self._records[key] = f"[R{len(self._records) + 1}]"
            self.records.append(
                RecordReference(
                    marker=marker,
                    system=record.system,
                    record=record.record,
                    url=record.url,
                    label=record.label,
                )
            )
        return self._records[key]


def render(draft: Draft, evidence: Evidence) -> Rendered:
    """The text of a checked draft. `parts` are its blocks, for streaming."""
    markers = _Markers(evidence)
    parts = [_block(block, markers) for block in draft.blocks]
    ids = dict.fromkeys(i for claim in draft.claims for i in claim.assessments)
    return Rendered(
        text="\n\n".join(parts),
        parts=parts,
        citations=markers.citations,
        records=markers.records,
        assessments=[i for i in ids if i in evidence.assessments],
    )


def _block(block: Block, markers: _Markers) -> str:
    title = f"{block.title}:\n" if block.title else ""
    if block.layout == "paragraph":
        return title + " ".join(_marked(claim, markers) for claim in block.claims)
    if block.layout == "bullets":
        return title + "\n".join(f"- {_marked(claim, markers)}" for claim in block.claims)
    return title + _table(block, markers)


def _marked(claim: Claim, markers: _Markers) -> str:
    marks = markers.of(claim)
    return f"{claim.text} {marks}" if marks else claim.text


def _table(block: Block, markers: _Markers) -> str:
    """Columns padded to their widest cell; the markers follow the last one."""
    rows = [claim for claim in block.claims if claim.cells]
    widths = [
        max(len(row[i]) for row in (block.head, *(r.cells for r in rows))) for i in range(len(block.head))
    ]

    def padded(cells: tuple[str, ...]) -> str:
        return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    lines = [padded(block.head)] if rows else []
    lines += [f"{padded(row.cells)}  {markers.of(row)}".rstrip() for row in rows]
    return "\n".join([*lines, *(_marked(claim, markers) for claim in block.claims if not claim.cells)])
