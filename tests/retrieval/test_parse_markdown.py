"""Markdown as people write contracts in it: nested numbers, wrapped lines, underlined headings."""

import pytest

from retrieval.chunk import chunk
from retrieval.numbering import marker
from retrieval.parse import parse

NESTED = """Agreement
=========

1.  #### FEES.

    1. **Payment.** The Customer pays
       within 30 days.
        a. By transfer.
        b. In euros.
    2. Interest is 8%.

2. Term

    1. Two years.
    1. It renews itself each year.

Closing words
-------------

1. Notices are written.
"""


def test_items_of_nested_lists_have_the_number_that_contracts_quote() -> None:
    document = parse(NESTED.encode(), "a.md")
    assert document.text.split("\n\n") == [
        "# Agreement",
        "1. FEES.",
        "1.1. Payment. The Customer pays within 30 days.",
        "a. By transfer.",
        "b. In euros.",
        "1.2. Interest is 8%.",
        "2. Term",
        "2.1. Two years.",
        "2.2. It renews itself each year.",
        "## Closing words",
        "1. Notices are written.",
    ]
    assert [c.section.split()[0] for c in chunk(document)] == ["1.1", "1.2", "2.1", "2.2", "1"]


def test_numbers_at_the_margin_stay_as_written() -> None:
    text = "5) Fees are due.\n\n7) Later clauses.\n\nA paragraph.\n\n1. Again."
    assert parse(text.encode(), "a.md").text == text


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Losses that are caused by\n(a) one, (b) two.", 1),
        ("The Supplier shall:\n(a) call;\n(b) write.", 3),
        ("Either it calls, or\n(b) it writes.", 2),
    ],
)
def test_an_item_in_the_middle_of_a_wrapped_sentence_starts_no_block(text: str, blocks: int) -> None:
    assert len(parse(text.encode(), "a.md").text.split("\n\n")) == blocks


def test_letters_and_lists_of_references() -> None:
    found = marker("a. Fees. They are due at once.")
    assert found is not None
    assert (found.style, found.label, found.title) == ("paren", "(a)", "Fees")
    assert marker("a. m. on each day") is None
    assert marker("5.4 (Usage), 8.4 (Disclaimers) and 9 (Rules) survive.") is None
    assert marker("Section 7.1 (Caps) does not apply to these claims.") is None
    assert marker("5.4 (Usage) The Supplier may count the calls.") is not None
