"""Promises whose time is blank, or is that of the agreement, the goods or the law: read without a figure."""

import pytest

from extraction import read
from tests.extraction.conftest import document


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("retention", "The Agent shall keep its books and records for the period that is required by law."),
        (
            "retention",
            "The Agent shall see that its store keeps [***] complete and accurate records of the cloth.",
        ),
        ("retention", "The Agent shall keep books of account on the purchase of yarn until [***]."),
        ("warranty", "During the Term the looms shall operate in accordance with the specifications."),
        ("warranty", "The Mill warrants that the dye shall be free from defects for its shelf life."),
        (
            "warranty",
            "The Mill warrants that the looms will for a period of [***] from delivery be free of defects.",
        ),
        ("warranty", "These promises hold during the term:\n(1) The cloth will be merchantable;\n"),
        ("warranty", "These promises are in effect throughout the term: the cloth will be merchantable."),
    ],
)
def test_a_time_left_open_is_told(kind: str, text: str) -> None:
    found = read(document(text))
    assert not [draft for draft in found.drafts if draft.kind == kind]
    assert [unread.kind for unread in found.unread if unread.kind == kind] == [kind]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("retention", "The Agent shall keep the insurance for the period that is required by law."),
        ("retention", "The Agent shall keep records of the cloth in good order."),
        ("warranty", "During the Term the Agent represents that it holds all licences that it needs."),
        ("warranty", "The Mill warrants that its services shall be performed in a workmanlike manner."),
    ],
)
def test_what_has_no_time_of_its_own_is_not(kind: str, text: str) -> None:
    found = read(document(text))
    assert kind not in {each.kind for each in (*found.drafts, *found.unread)}
