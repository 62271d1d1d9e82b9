"""Which promises does the embedded reader find in contracts that nobody wrote for it?

    python -m benchmarks.obligations --data DIR [--out FILE] [--labels FOLDER] [--misses KIND] [--json]

DIR holds contracts as `contracts/*.txt`. With --out every promise read in them is written in the form of
the labels: {title: [{"kind", "start", "end", "terms"}, …]}, durations in ISO 8601, offsets as string
indices into the text with its line ends kept.

--labels holds hand labels of some of these contracts in the same form, one file each (FOLDER/<title>.json),
such as corpus/annotations/cuad/tuned. The report then tells by kind how many labels were found and how many
with equal terms, and at its end the same without what only the clause library read; --misses lists what was
wrong of one kind, or of `all`. The contracts are CUAD v1's (The Atticus Project, CC BY 4.0); no text of
theirs is in this repository.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.promises import CORE_TERMS, SCORED_AS, Promise, core, flat_terms, pair, scored_as
from evals.score import Counts
from extraction import Extraction
from extraction import read as read_text
from flows.reading import clauses_in
from flows.wiring import LIBRARY
from obligations.document import Document
from retrieval.chunk import chunk
from retrieval.parse import parse
from retrieval.tag import tag

Labels = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Reading:
    """What was read in one contract; `by_readers` leaves out what only the clause library read, `broken`
    counts promises whose quote is not at its place."""

    title: str
    entries: tuple[dict[str, Any], ...]
    by_readers: tuple[dict[str, Any], ...]
    broken: int
    seconds: float


def read_contract(path: Path) -> Reading:
    began = time.perf_counter()
    document = parse(path.read_bytes(), path.name)
    extraction = read_text(document, tag(chunk(document)), None, clauses_in(LIBRARY))
    by_readers = tuple(draft for draft in extraction.drafts if "library" not in draft.features)
    broken = sum(not _grounded(document, draft.span) for draft in extraction.drafts)
    return Reading(
        path.stem,
        tuple(entries_of(extraction)),
        tuple(entries_of(extraction.model_copy(update={"drafts": by_readers}))),
        broken,
        time.perf_counter() - began,
    )


def _grounded(document: Document, span: Any) -> bool:
    return bool(document.text[span.start : span.end] == span.quote)


def entries_of(extraction: Extraction) -> Iterator[dict[str, Any]]:
    """Every promise in the form of the labels; one whose figure cannot be read keeps what is known of it.

    A term that was assumed is not stated by the text, so the labels have it empty and so has the entry."""
    for draft in extraction.drafts:
        kind = scored_as(draft.terms)
        if kind in CORE_TERMS:
            for stated in flat_terms(draft.terms):
                said = {name: value for name, value in stated.items() if name not in draft.assumed}
                yield _entry(kind, draft.span, said, draft.confidence)
    for unread in extraction.unread:
        kind = SCORED_AS.get(unread.kind, unread.kind)
        if kind in CORE_TERMS:
            yield _entry(kind, unread.span, unread.known, 0.5)


def _entry(kind: str, span: Any, stated: Mapping[str, Any], confidence: float) -> dict[str, Any]:
    terms = {name: stated[name] for name in CORE_TERMS[kind] if stated.get(name) is not None}
    return {"kind": kind, "start": span.start, "end": span.end, "terms": terms, "confidence": confidence}


def read_all(paths: Sequence[Path]) -> Iterator[Reading]:
    """Contracts in the order given, on every core."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, reading in enumerate(pool.map(read_contract, paths, chunksize=4), start=1):
            if sys.stderr.isatty():
                print(f"\r{number} of {len(paths)} read", end="", file=sys.stderr, flush=True)
            yield reading


def load_labels(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))
    }
    if not found:
        raise SystemExit(f"no labels in {folder}; give a folder of <title>.json")
    return found


def promises(entries: Sequence[Mapping[str, Any]]) -> list[Promise]:
    return [
        Promise(e["kind"], e["start"], e["end"], core(e["kind"], e["terms"]), stated=e["terms"])
        for e in entries
    ]


def counts_by_kind(labels: Labels, read: Labels) -> dict[str, Counts]:
    """Labels, predictions and matches of each kind over the labelled contracts."""
    counts: dict[str, Counts] = {}
    for title, entries in labels.items():
        mine, theirs = promises(entries), promises(read.get(title, ()))
        for kind in CORE_TERMS:
            gold, found = [p for p in mine if p.kind == kind], [p for p in theirs if p.kind == kind]
            pairs = pair(gold, found)
            counts[kind] = counts.get(kind, Counts()) + Counts(
                labels=len(gold), predicted=len(found), matched=len(pairs), exact=sum(p.exact for p in pairs)
            )
    return {kind: count for kind, count in counts.items() if count.labels or count.predicted}


def figures(count: Counts) -> dict[str, float | int]:
    def share(part: int, whole: int) -> float:
        return round(part / whole, 4) if whole else 0.0

    both = count.labels + count.predicted
    return {
        "labels": count.labels,
        "predicted": count.predicted,
        "matched": count.matched,
        "precision": share(count.matched, count.predicted),
        "recall": share(count.matched, count.labels),
        "f1": share(2 * count.matched, both),
        "terms_exact": share(count.exact, count.matched),
        "exact_f1": share(2 * count.exact, both),
    }


def misses(labels: Labels, read: Labels, kind: str, texts: Path) -> Iterator[str]:
    """A line for each promise of a kind that was missed, invented, or read with other terms."""
    for title, entries in labels.items():
        text = (texts / f"{title}.txt").read_bytes().decode("utf-8", errors="replace")
        for each in [kind] if kind != "all" else CORE_TERMS:
            gold = [p for p in promises(entries) if p.kind == each]
            found = [p for p in promises(read.get(title, ())) if p.kind == each]
            pairs = pair(gold, found)
            matched = {id(p.label) for p in pairs}, {id(p.read) for p in pairs}
            lines = [("missed", p, "") for p in gold if id(p) not in matched[0]]
            lines += [("invented", p, "") for p in found if id(p) not in matched[1]]
            lines += [("terms", p.label, f" read as {p.read.words}") for p in pairs if not p.exact]
            for what, p, more in lines:
                quote = " ".join(text[p.start : p.end].split())[:260]
                yield f"{what:8} {each} [{p.words}]{more}\n         {title[:50]} {p.start}: {quote}"


def report(labels: Labels, read: Mapping[str, Reading]) -> dict[str, Any]:
    counts = counts_by_kind(labels, {title: reading.entries for title, reading in read.items()})
    alone = counts_by_kind(labels, {title: reading.by_readers for title, reading in read.items()})
    return {
        "contracts": len(labels),
        "kinds": {kind: figures(count) for kind, count in counts.items()},
        "all": figures(sum(counts.values(), start=Counts())),
        "without_library": figures(sum(alone.values(), start=Counts())),
    }


def show(body: Mapping[str, Any]) -> None:
    names = ("labels", "predicted", "matched", "precision", "recall", "f1", "terms_exact", "exact_f1")
    print(f"{'kind':24}" + "".join(f"{name:>12}" for name in names))
    totals = (("all", body["all"]), ("without the library", body["without_library"]))
    for kind, row in (*body["kinds"].items(), *totals):
        print(f"{kind:24}" + "".join(f"{row[name]:12}" for name in names))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--misses", metavar="KIND")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    labels = load_labels(options.labels) if options.labels else {}
    paths = sorted((options.data / "contracts").glob("*.txt"))
    if not options.out:
        paths = [path for path in paths if path.stem in labels]
    if not paths:
        raise SystemExit(
            f"nothing to read: give --out, or --labels of contracts in {options.data / 'contracts'}"
        )
    read = {reading.title: reading for reading in read_all(paths)}
    if options.out:
        options.out.write_text(
            json.dumps({t: r.entries for t, r in read.items()}, indent=1), encoding="utf-8"
        )
    body = {
        "read": len(read),
        "promises": sum(len(r.entries) for r in read.values()),
        "not_grounded": sum(r.broken for r in read.values()),
        "seconds": round(sum(r.seconds for r in read.values()), 1),
        **(report(labels, read) if labels else {}),
    }
    if options.json:
        print(json.dumps(body, indent=1))
        return
    print(f"{body['read']} contracts, {body['promises']} promises, {body['not_grounded']} not grounded")
    if labels:
        show(body)
    if options.misses:
        entries = {title: reading.entries for title, reading in read.items()}
        print(*misses(labels, entries, options.misses, options.data / "contracts"), sep="\n")


if __name__ == "__main__":
    main()
