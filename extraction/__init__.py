"""Contract text to typed, grounded obligations, without a language model."""

from extraction.model import (
    Change,
    ContractFacts,
    ContractHints,
    DefinedTerm,
    Draft,
    Extraction,
    PartyMention,
    Unread,
)
from extraction.reader import read

__all__ = [
    "Change",
    "ContractFacts",
    "ContractHints",
    "DefinedTerm",
    "Draft",
    "Extraction",
    "PartyMention",
    "Unread",
    "read",
]
