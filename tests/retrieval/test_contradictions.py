"""A document that contradicts or repeats itself: told with all the places, decided by nobody."""

from obligations.document import Problem
from retrieval.chunk import chunk
from retrieval.contradictions import contradictions
from retrieval.parse import parse
from tests.retrieval.papers import lines_pdf

FEES = "3.1 The Customer pays the fees of each month within thirty days after it has received the invoice."


def found(text: str) -> tuple[Problem, ...]:
    document = parse(text.encode(), "a.txt")
    return contradictions(document, chunk(document))


def test_two_effective_dates_are_told_with_both_places() -> None:
    (problem,) = found(
        '1. Definitions\n"Effective Date" means 1 March 2026.\n\n'
        "2. Term\nThis Agreement is effective as of April 1, 2026 and runs for two years."
    )
    assert "1 March 2026 (1 Definitions)" in problem.what
    assert "April 1, 2026 (2 Term)" in problem.what
    assert problem.place == "1 Definitions; 2 Term"
    assert problem.remedy


def test_pages_are_named() -> None:
    data = lines_pdf([["Effective Date: 1 March 2026"], ["Effective Date: 2026-03-02"]])
    document = parse(data, "a.pdf")
    (problem,) = contradictions(document, chunk(document))
    assert problem.place == "page 1; page 2"


def test_one_day_written_in_two_ways_is_no_contradiction() -> None:
    assert not found("Effective Date: March 1, 2026\n\nThis Agreement is effective as of 1 March 2026.")


def test_the_date_of_an_amendment_is_another_date() -> None:
    assert not found("Effective Date: 1 March 2026\n\nAmendment Effective Date: 1 June 2026")


def test_a_clause_that_stands_twice() -> None:
    (problem,) = found(f"3. Fees\n\n{FEES}\n\n4. Term\n\n4.1 Two years.\n\n{FEES.replace('3.1', '4.2')}")
    assert problem.what == "the same clause stands more than once: 3.1, 4.2"
    assert problem.place.startswith("3.1")


def test_a_number_used_for_two_clauses() -> None:
    (problem,) = found(f"3. Fees\n\n{FEES}\n\n3.1 The Supplier sends its invoices by the end of each month.")
    assert problem.what == "one number is used for different clauses: 3.1"


def test_schedules_number_anew() -> None:
    other = "3.1 The Supplier sends its invoices by the end of each month."
    assert not found(f"3. Fees\n\n{FEES}\n\nSchedule 1\n\n3. Invoices\n\n{other}")


def test_many_repeats_are_summed_up() -> None:
    clauses = [
        f"{n}.1 Report number {n} is sent to the Customer with all of its annexes." for n in range(1, 9)
    ]
    problems = found("\n\n".join([*clauses, *(c.replace("is sent", "goes out") for c in clauses)]))
    assert len(problems) == 6
    assert problems[-1].what.endswith("3 more")
