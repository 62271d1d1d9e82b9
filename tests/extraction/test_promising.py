"""Which clauses are read first, and which not at all: told, never silently."""

import pytest

from extraction.promising import choose, promise
from obligations.document import Chunk


def chunk(index: int, text: str, *kinds: tuple[str, float]) -> Chunk:
    return Chunk(id=f"k{index}", document_id="d", start=0, end=len(text), text=text, kinds=kinds)


PAY = chunk(0, "3.1 The Customer shall pay invoices within 30 days.", ("payment_due", 0.9))
LAW = chunk(1, "9. This Agreement shall be governed by the law of Sweden.", ("governing_law", 0.99))
HEADING = chunk(2, "4. PAYMENT", ("payment_due", 0.8))
SIGNED = chunk(3, "Signature: ________ Title: ________")
RIGHT = chunk(4, "The Customer may inspect the books of the Supplier.", ("audit_right", 0.7))
TABLE = chunk(5, "P1 | 15 minutes | 4 hours", ("response_time", 0.6))
WORDS = chunk(6, "Payment: thirty days net", ("payment_due", 0.4))
ALL = [PAY, LAW, HEADING, SIGNED, RIGHT, TABLE, WORDS]


def test_the_most_promising_come_first() -> None:
    assert [c.id for c in choose(ALL, 10_000).chunks] == ["k0", "k4", "k5", "k6", "k1"]


def test_what_holds_neither_figure_nor_duty_is_left_out_and_named() -> None:
    assert choose(ALL, 10_000).empty == (HEADING, SIGNED)
    assert promise(HEADING) == promise(SIGNED) == 0


@pytest.mark.parametrize("each", [PAY, LAW, RIGHT, TABLE, WORDS], ids=lambda c: c.text[:20])
def test_a_figure_a_duty_or_a_right_is_never_skipped_as_empty(each: Chunk) -> None:
    assert promise(each) > 0


def test_its_own_number_is_no_figure() -> None:
    assert promise(chunk(0, "4.2 Headings for convenience")) == 0
    assert promise(chunk(0, "4.2 Within 3 days")) > 0
    assert promise(chunk(0, "Umbrella liability of [***]")) > 0


def test_the_budget_holds_and_what_is_beyond_it_is_named() -> None:
    chosen = choose(ALL, len(PAY.text) + len(TABLE.text))
    assert chosen.chunks == (PAY, TABLE)
    assert chosen.beyond == (LAW, RIGHT, WORDS)
    assert {*chosen.chunks, *chosen.beyond, *chosen.empty} == set(ALL)
    assert choose(ALL, 0).chunks == ()
    assert choose([], 100).chunks == ()
