"""What a query names: clause numbers and contracts."""

import pytest

from obligations.document import Chunk
from retrieval.query import names_of, numbers_of, references, said, without_names


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("clause 5.2", ["5.2"]),
        ("Section 4.2(b)(ii) of the agreement", ["4.2(b)(ii)"]),
        ("what do §7 and §§ 9.1 say", ["7", "9.1"]),
        ("Schedule 2, paragraph 3", ["schedule 2", "3"]),
        ("Exhibit B and Annexure IV", ["exhibit b", "annex 4"]),
        ("Article 12.3", ["12.3"]),
        ("Article XIV", ["article 14"]),
        ("the 5.2 million paid within 30 days", []),
        ("part of the fee", []),
        ("", []),
    ],
)
def test_references(query: str, expected: list[str]) -> None:
    assert list(references(query)) == expected


@pytest.mark.parametrize(
    ("section", "path", "expected"),
    [
        ("3.2(b) Resolution", ("3 Service",), ["3.2(b)", "3.2", "3"]),
        ("Section 7 Fees", (), ["7"]),
        ("4 Credits", ("Schedule 2 Service Levels",), ["4", "schedule 2"]),
        ("ARTICLE IV TERM", (), ["article 4"]),
        ("## 2.1 Fees", (), ["2.1", "2"]),
        ("Fees", ("Payment",), []),
        ("", (), []),
    ],
)
def test_numbers_of_a_chunk(section: str, path: tuple[str, ...], expected: list[str]) -> None:
    chunk = Chunk(id="c", document_id="d", start=0, end=1, text="x", section=section, path=path)
    assert list(numbers_of(chunk)) == expected


HOSTING = names_of("Hosting Agreement", "Nordwind Hosting AB")
LOGISTICS = names_of("Logistics Contract", "Nordwind Logistik GmbH")


@pytest.mark.parametrize(
    ("query", "bare"),
    [
        ("Is Nordwind Hosting late?", "Is   late?"),
        (
            "What does the Hosting Agreement with Nordwind say about hosting fees?",
            "What does   say about hosting fees?",
        ),
        ("What is the notice period?", "What is the notice period?"),
        ("and of the", "and of the"),
    ],
)
def test_names_leave_the_query(query: str, bare: str) -> None:
    assert without_names(query, [HOSTING]) == bare


def test_how_fully_a_contract_is_named() -> None:
    assert said("Nordwind Hosting's uptime", HOSTING) == 2
    assert said("nordwind’s uptime", HOSTING) == 1
    assert said("Nordwind Hosting uptime", HOSTING) > said("Nordwind Hosting uptime", LOGISTICS) > 0
    assert said("uptime of hosting", LOGISTICS) == 0
    assert said("the agreement", HOSTING) == 0
