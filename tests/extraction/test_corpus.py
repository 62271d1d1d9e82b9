"""The reader against the hand annotations of the corpus, matched as labels are scored.

A label is found when a row of its kind shares at least a third of the shorter span; it is exact when the
core terms agree too. Scans are left to the slower tests of retrieval.
"""

import json
import re
from functools import cache
from typing import Any

import pytest

from corpus.build import CORPUS
from evals.promises import CORE_TERMS
from extraction import Extraction, read
from extraction.labels import labels
from extraction.readers import READERS
from obligations.document import Document
from obligations.quantities import Duration
from retrieval.chunk import chunk
from retrieval.parse import parse

SCANS = {"kestrel-network.pdf", "baltica-packaging.pdf"}
ANNOTATED = sorted(path.stem for path in (CORPUS / "annotations").glob("*.json"))


@cache
def annotation(key: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CORPUS / "annotations" / f"{key}.json").read_text(encoding="utf-8"))
    return loaded


READ = [key for key in ANNOTATED if annotation(key)["document"] not in SCANS]


@cache
def extracted(key: str) -> tuple[Document, Extraction]:
    name = annotation(key)["document"]
    document = parse((CORPUS / "contracts" / name).read_bytes(), name)
    return document, read(document, chunk(document))


def located(text: str, quote: str) -> tuple[int, int]:
    """Where a quote stands, whatever bars, spaces and quotation marks stand between its words."""
    words = re.findall(r"\w+|[^\w\s|]", quote)
    found = re.search(r"[\s|]*".join(re.escape(word) for word in words), text)
    assert found is not None, f"annotated quote not found: {quote[:80]}"
    return found.start(), found.end()


def comparable(value: Any) -> Any:
    if isinstance(value, str) and re.match(r"P(?:T?\d+[A-Z])+$", value):
        length = Duration.model_validate(value)
        return (length.months, length.days, length.seconds)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def gold(key: str) -> list[dict[str, Any]]:
    text = extracted(key)[0].text
    rows = []
    for label in annotation(key)["obligations"]:
        if label["kind"] in READERS:
            terms = label["terms"]["tiers"][0] if label["kind"] == "service_credit" else label["terms"]
            rows.append({"kind": label["kind"], "at": located(text, label["quote"]), "terms": terms})
    return rows


def agrees(label: dict[str, Any], row: dict[str, Any]) -> bool:
    """Same kind, enough of the span, and the same core terms."""
    (start, end), mine = label["at"], (row["start"], row["end"])
    shared = min(end, mine[1]) - max(start, mine[0])
    near = shared * 3 >= min(end - start, mine[1] - mine[0])
    same = all(
        comparable(label["terms"].get(name)) == comparable(row["terms"].get(name))
        for name in CORE_TERMS[label["kind"]]
    )
    return bool(label["kind"] == row["kind"] and near and same)


def test_nearly_every_annotated_promise_is_read_exactly() -> None:
    wanted = exact = extra = 0
    missed = []
    for key in READ:
        rows = [row for row in labels(extracted(key)[1]) if row["kind"] in CORE_TERMS]
        for label in gold(key):
            wanted += 1
            match = next((row for row in rows if agrees(label, row)), None)
            if match is None:
                missed.append((key, label["kind"], label["terms"]))
            else:
                exact += 1
                rows.remove(match)
        extra += len(rows)
    assert exact >= 0.97 * wanted, missed
    assert extra <= 0.03 * wanted


@pytest.mark.parametrize("key", READ)
def test_facts_of_the_corpus(key: str) -> None:
    wanted, found = annotation(key)["facts"], extracted(key)[1].facts
    for name in ("agreed_on", "effective_on", "expires_on"):
        day = getattr(found, name)
        assert (day.isoformat() if day else None) == wanted.get(name), name
    assert found.governing_law == (wanted.get("governing_law") or "")
    assert found.relation == wanted["relation"]
    assert [(p.name.lower(), p.role) for p in found.parties] == [
        (p["name"].lower(), p["role"]) for p in wanted["parties"]
    ]
    if wanted.get("zone"):
        assert found.zone == wanted["zone"]
    if wanted.get("parent"):
        assert found.parent_title == wanted["parent"]


def test_the_sides_are_told_apart() -> None:
    wrong = []
    for key in READ:
        names = {p["role"]: p["name"] for p in annotation(key)["facts"]["parties"]}
        text, found = extracted(key)
        for label in annotation(key)["obligations"]:
            if label["kind"] not in READERS or not label.get("debtor"):
                continue
            start, end = located(text.text, label["quote"])
            drafts = [
                d
                for d in found.drafts
                if d.kind == label["kind"] and d.span.start < end and start < d.span.end
            ]
            if drafts and names.get(drafts[0].debtor_role) != label["debtor"]:
                wrong.append((key, label["kind"], drafts[0].debtor_role))
    assert len(wrong) <= 2, wrong
