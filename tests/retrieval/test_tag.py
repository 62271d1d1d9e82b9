"""The clause tagger: kinds of plain clauses, its features, its artifact; what a question asks for."""

from pathlib import Path

import numpy as np
import pytest

from extraction.readers import READERS
from obligations.document import Chunk
from retrieval.errors import ModelMissing
from retrieval.features import features
from retrieval.kinds import CUAD_KINDS, KINDS, asked
from retrieval.tag import MODEL, Tagger, odds, passage_of, tag
from retrieval.weak_labels import PATTERNS, weak_kinds

CLAUSES = {
    "governing_law": "This Agreement is governed by the laws of the State of New York.",
    "payment_due": "The Customer shall pay each invoice within thirty (30) days after its receipt.",
    "insurance": "The Supplier shall maintain general liability insurance of $1,000,000 per claim.",
    "audit_right": "Upon ten days' notice the Customer may inspect and audit the books and records.",
    "renewal": "This Agreement shall automatically renew for successive one-year terms.",
    "term": "The initial term of this Agreement commences on the Effective Date and is three years.",
    "cap_on_liability": "In no event shall the liability of a party exceed the fees paid in a year.",
    "anti_assignment": "Neither party may assign this Agreement without the consent of the other.",
    "response_time": "The Provider shall respond to each Priority 1 incident within 15 minutes.",
    "availability": "The Provider ensures that the Service is available 99.9% of each calendar month.",
    "service_credit": "If availability falls below 99.9%, the Customer receives a service credit of 5%.",
    "reporting": "The Supplier shall send a monthly report within five days after the month's end.",
}


def piece(text: str, section: str = "") -> Chunk:
    return Chunk(id="c", document_id="d", start=0, end=len(text), text=text, section=section)


@pytest.mark.parametrize("kind", CLAUSES)
def test_a_plain_clause_is_recognised(kind: str) -> None:
    (tagged,) = tag([piece(CLAUSES[kind])])
    assert kind in [name for name, _ in tagged.kinds[:3]], tagged.kinds


def test_kinds_are_ordered_and_bounded() -> None:
    for tagged in tag([piece(text) for text in CLAUSES.values()]):
        likely = [p for _, p in tagged.kinds]
        assert likely == sorted(likely, reverse=True)
        assert all(0 <= p <= 1 for p in likely)
        assert {name for name, _ in tagged.kinds} <= set(KINDS)


def test_what_is_no_clause_has_hardly_a_kind() -> None:
    (tagged,) = tag([piece("The weather in Munich was pleasant and the sky was blue over the lake.")])
    assert all(p < 0.5 for _, p in tagged.kinds)


def test_nothing_to_tag() -> None:
    assert tag([]) == ()
    (tagged,) = tag([piece("—")])
    assert tagged.text == "—"


def test_the_artifact_is_small_and_knows_all_promise_kinds() -> None:
    assert MODEL.stat().st_size < 5_000_000
    assert set(READERS) <= set(Tagger.load().kinds) <= set(KINDS)


def test_a_missing_or_foreign_artifact(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="missing"):
        Tagger.load(tmp_path / "tagger.npz")
    held = dict(np.load(MODEL))
    held["weights"] = held["weights"][:10]
    np.savez(tmp_path / "other.npz", **held)
    with pytest.raises(ModelMissing, match="10 buckets"):
        Tagger.load(tmp_path / "other.npz")
    np.savez(tmp_path / "older.npz", **{**held, "version": np.array(1)})
    with pytest.raises(ModelMissing, match="other features"):
        Tagger.load(tmp_path / "older.npz")


def test_an_artifact_is_what_was_saved(tmp_path: Path) -> None:
    tagger = Tagger.load()
    tagger.save(tmp_path / "again.npz")
    again = Tagger.load(tmp_path / "again.npz")
    texts = [("Fees", text) for text in CLAUSES.values()]
    assert np.array_equal(tagger.probabilities(texts), again.probabilities(texts))
    assert again.trained_on == tagger.trained_on != frozenset()


def test_a_chunk_is_judged_alike_alone_and_among_others() -> None:
    tagger = Tagger.load()
    pieces = [piece(text) for text in CLAUSES.values()]
    alone = np.concatenate([tagger.chunks([each]) for each in pieces])
    assert np.allclose(tagger.chunks(pieces), alone, atol=1e-4)


def test_a_chunk_is_as_likely_as_its_likeliest_sentence() -> None:
    tagger = Tagger.load()
    found = features([passage_of(piece(f"{CLAUSES['insurance']} {CLAUSES['governing_law']}"))])
    assert len(found.spans) == 2
    likely = odds(tagger.scores(found))
    column = tagger.kinds.index("governing_law")
    assert likely[1, column] > likely[0, column]
    assert tagger.chunks([piece(f"{CLAUSES['insurance']} {CLAUSES['governing_law']}")])[0, column] == max(
        likely[:, column]
    )


def test_every_label_of_the_training_data_has_a_kind() -> None:
    assert len(CUAD_KINDS) == 41
    assert set(CUAD_KINDS.values()) | set(PATTERNS) == set(KINDS)
    assert weak_kinds(CLAUSES["payment_due"]) == {"payment_due"}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is the notice period required to terminate renewal?", "renewal_notice"),
        ("Which law governs the contract?", "governing_law"),
        ("How fast must they respond, what is the response time for P1?", "response_time"),
        ("Do we get service credits if uptime is missed?", "service_credit"),
        ("When does the agreement expire?", "term"),
        ("What are the payment terms?", "payment_due"),
        ("Is there a cap on liability?", "cap_on_liability"),
        ("What is the expiration date of this contract?", "term"),
        ("What licenses are granted under this contract?", "license_grant"),
        ("Are the licenses granted under this contract non-transferable?", "non_transferable_license"),
        ("What is the duration of any warranties?", "warranty"),
        ("What are the hourly rates per the rate card?", "rate_card"),
        ("How much may be held back as retainage?", "holdback"),
        ("Is there a spending limit?", "spend_limit"),
        ("Must the supplier be certified to ISO 27001?", "certificate"),
        ("What is the on-time rate?", "delivery_performance"),
    ],
)
def test_what_a_question_asks_for(question: str, kind: str) -> None:
    assert kind in asked(question)[:2]


def test_a_question_about_nothing_we_know() -> None:
    assert asked("Who painted the ceiling?") == ()
