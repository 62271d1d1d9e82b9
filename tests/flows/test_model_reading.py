"""Ingestion with a model: two readings become one; a model that fails leaves the first and a problem."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from agent.extract import Extracted
from agent.model import ChatModel
from extraction import ContractFacts, Extraction
from flows.errors import SettingsError
from flows.ingest import Ingested, ingest_file
from flows.kept_readings import FOLDER, KeptReadings
from flows.model_reading import read_further
from flows.settings import ReadingSettings, Settings, load_settings
from flows.wiring import Pacta
from obligations.model import Obligation, Review
from store import Scope
from tests.agent.scripted import Scripted

PAY = "The Customer shall pay each invoice within thirty (30) days after receipt of the invoice."
REPORT = "Robin Askew confirms that the Provider shall hand over a stock list every week."
CONTRACT = f"""SERVICE AGREEMENT

This agreement is made between Example Holdings Ltd (the “Customer”) and Birch Ltd (the “Provider”) and takes
effect on 1 March 2026.

1. Payment. {PAY}

2. Stock. {REPORT}

3. Headings. Headings are for convenience.

Signed: Robin Askew
"""
Entry = dict[str, Any]


class Reads(Scripted):
    """Lists the entries whose quote stands, masked or not, in the clauses it is sent."""

    entries: list[Entry] = Field(default_factory=list)

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        self.sent.append(list(messages))
        text = str(messages[-1].content)
        clauses = json.JSONDecoder().raw_decode(text[text.index("[") :])[0]
        found = [
            {**entry, "clause": clause["key"]}
            for clause in clauses
            for entry in self.entries
            if entry["quote"] in clause["text"]
        ]
        reply = json.dumps({"obligations": found})
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])


def payment(within: str = "P30D") -> Entry:
    return {"kind": "payment_due", "quote": PAY, "terms": {"within": within, "starts": "invoice_receipt"}}


def stock(quote: str = "the Provider shall hand over a stock list every week") -> Entry:
    return {"kind": "duty", "quote": quote, "terms": {"what": "stock list", "every": "week"}}


Opened = Callable[..., Pacta]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    held: list[Pacta] = []

    def make(chat: Scripted | None, **reading: Any) -> Pacta:
        settings = Settings(
            home=tmp_path / f"home{len(held)}", env="development", reading=ReadingSettings(**reading)
        )
        held.append(Pacta(settings, model=ChatModel(chat, "fake-1") if chat else None))
        return held[-1]

    yield make
    for pacta in held:
        pacta.close()


def ingested(pacta: Pacta, tmp_path: Path, text: str = CONTRACT) -> Ingested:
    path = tmp_path / "birch.txt"
    path.write_text(text, encoding="utf-8")
    return ingest_file(pacta, path)


def of_kind(done: Ingested, kind: str) -> Obligation:
    (found,) = [o for o in done.obligations if o.kind == kind]
    return found


def test_readers_that_agree_approve_what_they_read(opened: Opened, tmp_path: Path) -> None:
    alone = of_kind(ingested(opened(None), tmp_path), "payment_due")
    both = of_kind(ingested(opened(Reads(entries=[payment()])), tmp_path), "payment_due")
    assert both.id == alone.id
    assert both.review is Review.APPROVED
    assert both.confidence > alone.confidence
    assert alone.reading.model_dump(include={"engine", "model"}) == {"engine": "embedded", "model": None}
    assert both.reading.model_dump(exclude={"run"}) == {
        "engine": "embedded and model",
        "task": "extract",
        "version": "embedded/v1, extract/v1",
        "model": "fake-1",
    }


def test_readers_that_differ_leave_it_to_a_person(opened: Opened, tmp_path: Path) -> None:
    found = of_kind(ingested(opened(Reads(entries=[payment("P60D")])), tmp_path), "payment_due")
    assert found.review is Review.PROPOSED
    assert any("within P30D" in note and "within P60D" in note for note in found.notes)
    assert str(found.terms[0].terms.within) == "P30D"


def test_what_only_the_model_reads_is_stored_grounded_and_waits(opened: Opened, tmp_path: Path) -> None:
    pacta = opened(Reads(entries=[payment(), stock()]), prompt="extract/v4")
    done = ingested(pacta, tmp_path)
    assert done.document is not None
    found = of_kind(done, "duty")
    span = found.terms[0].span
    assert done.document.text[span.start : span.end] == span.quote == stock()["quote"]
    assert (found.review, found.reading.engine, found.reading.version, found.reading.model) == (
        Review.PROPOSED,
        "model",
        "extract/v4",
        "fake-1",
    )
    held = {o.id: o for o in pacta.store.obligations(Scope.all(), contract=found.contract)}
    assert (held[found.id].reading, held[found.id].notes) == (found.reading, found.notes)
    assert of_kind(done, "payment_due").review is Review.APPROVED


def test_a_name_is_sent_as_a_token_and_stored_as_the_contract_writes_it(
    opened: Opened, tmp_path: Path
) -> None:
    chat = Reads(entries=[stock(REPORT.replace("Robin Askew", "[PERSON_1]"))])
    done = ingested(opened(chat, prompt="extract/v4"), tmp_path)
    sent = "\n".join(chat.said(i) for i in range(len(chat.sent)))
    assert "[PERSON_1] confirms" in sent
    assert "Askew" not in sent
    span = of_kind(done, "duty").terms[0].span
    assert (span.quote, span.match) == (REPORT, "exact")


def test_examples_come_from_the_library_where_the_prompt_takes_them(opened: Opened, tmp_path: Path) -> None:
    with_examples, without = Reads(), Reads()
    ingested(opened(with_examples, prompt="extract/v4"), tmp_path)
    ingested(opened(without), tmp_path)
    assert '"kind": "payment_due"' in with_examples.said().split("examples:")[1]
    assert "examples" not in without.said()


@pytest.mark.parametrize(
    "replies",
    [
        [OSError("no route"), OSError("no route")],
        [TimeoutError("slow"), TimeoutError("slow")],
        ["I cannot help with contracts.", "I still cannot."],
        ['{"obligations": [', '{"obligations": ['],
    ],
    ids=["unreachable", "timeout", "refusal", "not JSON twice"],
)
def test_a_failing_model_leaves_the_embedded_reading_and_a_problem(
    replies: list[Any], opened: Opened, tmp_path: Path
) -> None:
    alone = ingested(opened(None), tmp_path)
    done = ingested(opened(Scripted(replies=replies)), tmp_path)
    assert done.obligations == alone.obligations
    told = [p for p in done.problems if p not in alone.problems and "fake-1" in p.what]
    assert [p.stage for p in told] == ["extract"]
    assert "Payment" in told[0].place


def test_json_that_is_broken_once_is_repaired(opened: Opened, tmp_path: Path) -> None:
    chat = Scripted(replies=["{", {"obligations": [{**payment(), "clause": "c1"}]}])
    pacta = opened(chat)
    done = ingested(pacta, tmp_path)
    assert of_kind(done, "payment_due").reading.model == "fake-1"
    assert chat.replies == []


def test_a_quote_that_is_not_there_is_a_problem_and_no_obligation(opened: Opened, tmp_path: Path) -> None:
    chat = Scripted(replies=[{"obligations": [{**stock("The Provider delivers gold."), "clause": "c1"}]}])
    done = ingested(opened(chat, prompt="extract/v4"), tmp_path)
    assert not [o for o in done.obligations if o.kind == "duty"]
    assert any(p.stage == "locate" and "gold" in p.what for p in done.problems)


def test_what_is_not_sent_is_listed_with_its_sections(opened: Opened, tmp_path: Path) -> None:
    done = ingested(opened(Reads(), characters=130), tmp_path)
    beyond = [p for p in done.problems if "under the budget" in p.what]
    assert len(beyond) == 1
    assert "reading.characters" in beyond[0].remedy
    assert "Stock" in beyond[0].place or "Payment" in beyond[0].place


def test_the_model_may_be_kept_from_contracts(opened: Opened, tmp_path: Path) -> None:
    chat = Reads(entries=[payment()])
    found = of_kind(ingested(opened(chat, model=False), tmp_path), "payment_due")
    assert chat.sent == []
    assert found.reading.engine == "embedded"


def test_a_model_that_cannot_be_set_up_leaves_a_problem(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", model="nosuchprovider:model")
    with Pacta(settings) as pacta:
        done = ingested(pacta, tmp_path)
    assert of_kind(done, "payment_due").review is Review.APPROVED
    assert any("the model has not read this document" in p.what for p in done.problems)


def test_the_same_clauses_are_sent_once(opened: Opened, tmp_path: Path) -> None:
    chat = Reads(entries=[payment("P60D"), stock()])
    pacta = opened(chat, prompt="extract/v4")
    done = ingested(pacta, tmp_path)
    assert done.document is not None
    sent = len(chat.sent)
    chunks = pacta.store.chunks(done.document.id, Scope.all())
    read = Extraction(facts=ContractFacts())
    again = read_further(pacta, done.document, chunks, read)
    assert len(chat.sent) == sent > 0
    assert [(d.kind, d.contested) for d in again.drafts] == [("payment_due", True), ("duty", True)]
    fresh = Pacta(pacta.settings, model=ChatModel(chat, "fake-2"))
    read_further(fresh, done.document, chunks, read)
    assert len(chat.sent) == 2 * sent


def test_a_reading_that_failed_is_tried_again(opened: Opened, tmp_path: Path) -> None:
    chat = Scripted(replies=["no", "no", {"obligations": []}])
    pacta = opened(chat)
    done = ingested(pacta, tmp_path)
    assert done.document is not None
    chunks = pacta.store.chunks(done.document.id, Scope.all())
    again = read_further(pacta, done.document, chunks, Extraction(facts=ContractFacts()))
    assert chat.replies == []
    assert not any("fake-1" in problem.what for problem in again.problems)


def test_a_kept_reading_that_is_broken_is_none(tmp_path: Path) -> None:
    kept = KeptReadings(tmp_path)
    kept.put(Extracted((), (), frozenset({"k"})), "a", "b")
    assert kept.get("a", "b") == Extracted((), (), frozenset({"k"}))
    assert kept.get("a", "c") is None
    (file,) = (tmp_path / FOLDER).iterdir()
    file.write_text("{")
    assert kept.get("a", "b") is None


@pytest.mark.parametrize("environ", [{}, {"PACTA_ENV": "production"}])
def test_a_candidate_prompt_reads_only_in_development(environ: Mapping[str, str]) -> None:
    with pytest.raises(SettingsError, match="PACTA_ENV=development"):
        load_settings(environ, reading={"prompt": "extract/v4"})
    held = load_settings({"PACTA_ENV": "development"}, reading={"prompt": "extract/v4"})
    assert held.reading.prompt == "extract/v4"
