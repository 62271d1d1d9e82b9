"""The scripted model: deterministic, over HTTP through the product's own client, worse with fewer words."""

import json
from pathlib import Path

import pytest

from agent.extract import Extracted, extract
from agent.model import ChatModel, ModelSettings, client
from agent.prompts import FOLDER, Prompt, load
from evals.candidates import _answers
from evals.errors import CannotJudge
from obligations.document import Chunk
from obligations.terms import PaymentDue, ResponseTime, ServiceCredit
from sandbox.llm import MODEL, instructions, reply
from sandbox.serve import serve

CLAUSES = {
    "4.1": "4.1 The Supplier shall respond in these times.\n\nPriority | Response | Resolution\n"
    "P1 | 15 minutes | 8 hours\nP2 | 1 hour | 10 hours",
    "7.1": "7.1 Credits:\nbelow 99.9% down to and including 99.5% | 5% of the charge",
    "10.3": "10.3 The Customer shall pay each invoice within thirty (30) days after its receipt.",
    "1.1": "“Outage” means that no repair of the line was made within four (4) hours of a fault.",
}
CHUNKS = [
    Chunk(id=f"c{n}", document_id="d", start=0, end=len(text), text=text, section=section)
    for n, (section, text) in enumerate(CLAUSES.items())
]


def told(prompt: Prompt) -> list[dict[str, object]]:
    body = json.dumps([{"key": s, "section": s, "text": t} for s, t in CLAUSES.items()])
    system, user = prompt.render({"clauses": body})
    found: list[dict[str, object]] = json.loads(reply([("system", system), ("user", user)]))["obligations"]
    return found


def edited(tmp_path: Path, old: str, new: str) -> Prompt:
    text = (FOLDER / "extract" / "v2.md").read_text()
    assert old in text
    folder = tmp_path / "extract"
    folder.mkdir()
    (folder / "v2.md").write_text(text.replace(old, new))
    return load("extract", "v2", tmp_path)


def read_over_http(prompt: Prompt) -> Extracted:
    with serve() as box:
        model = client(ModelSettings(model=MODEL, url=box.model_url))
        assert model is not None
        return extract(CHUNKS, model, prompt)


def test_it_reads_through_the_products_client() -> None:
    found = read_over_http(load("extract", "v2"))
    assert found.problems == ()
    sections = {chunk.id: chunk.section for chunk in CHUNKS}
    assert all(draft.quote in CLAUSES[sections[draft.chunk]] for draft in found.drafts)
    terms = [draft.terms for draft in found.drafts]
    assert [t.kind for t in terms].count("response_time") == 2
    first = next(t for t in terms if isinstance(t, ResponseTime))
    assert (first.within.iso, first.priority) == ("PT15M", "P1")
    assert any(isinstance(t, PaymentDue) and t.starts == "invoice_receipt" for t in terms)
    assert any(isinstance(t, ServiceCredit) for t in terms)


def test_it_says_the_same_every_time() -> None:
    assert told(load("extract", "v2")) == told(load("extract", "v2"))


def test_told_what_is_no_promise_it_leaves_definitions_out() -> None:
    assert len(told(load("extract", "v1"))) == len(told(load("extract", "v2"))) + 1


def test_not_told_to_copy_it_shortens_quotes(tmp_path: Path) -> None:
    loose = edited(tmp_path, "copied character by character from that clause", "in short")
    assert any("…" in str(entry["quote"]) for entry in told(loose))


def test_not_told_how_to_write_lengths_it_writes_them_otherwise(tmp_path: Path) -> None:
    loose = edited(tmp_path, "Durations are ISO 8601", "Durations are short")
    found = read_over_http(loose)
    assert any("within" in problem.what for problem in found.problems)


def test_a_kind_that_the_prompt_does_not_name_is_not_read(tmp_path: Path) -> None:
    less = edited(
        tmp_path,
        "  - payment_due: within, day, starts (invoice_date, invoice_receipt, period_end, delivery), clock\n",
        "",
    )
    assert "payment_due" not in {entry["kind"] for entry in told(less)}
    assert "payment_due" not in instructions(less.system).fields


def test_anything_else_it_cannot_do() -> None:
    assert reply([("user", "Write a poem.")]) == "I can only read clauses."


def test_a_model_that_is_not_there_is_no_bad_reader() -> None:
    absent = client(ModelSettings(model=MODEL, url="http://127.0.0.1:9/llm/v1", timeout_s=2, retries=0))
    assert isinstance(absent, ChatModel)
    with pytest.raises(CannotJudge, match="gave no reply"):
        _answers(absent, load("extract", "v1"))
