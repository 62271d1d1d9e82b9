"""Everything a reader of one kind may look at, worked out once for a document."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from extraction.definitions import Definitions
from extraction.dollars import dollars_of
from extraction.model import ContractHints, PartyMention
from extraction.priorities import Priorities
from extraction.quantities import DurationMention, MoneyMention, PercentMention, durations, money, percents
from extraction.roles import Roles
from extraction.sentences import Sentence, span_of
from extraction.tables import Grid, Row
from obligations.document import Document, Span

T = TypeVar("T")
_BARE_DOLLARS = re.compile(
    r"\W*\$[\d.,\s]+(?:\s?(?:thousand|million|billion|k|m)\b\.?)?|[^$]*dollars?", re.IGNORECASE
)


@dataclass
class Context:
    document: Document
    sentences: tuple[Sentence, ...]
    grids: tuple[Grid, ...]
    parties: tuple[PartyMention, ...]
    roles: Roles
    definitions: Definitions
    priorities: Priorities
    hints: ContractHints
    month_first: bool = False
    zone: str | None = None
    _once: dict[str, Any] = field(default_factory=dict)
    _durations: dict[int, tuple[DurationMention, ...]] = field(default_factory=dict)
    _percents: dict[int, tuple[PercentMention, ...]] = field(default_factory=dict)
    _money: dict[int, tuple[MoneyMention, ...]] = field(default_factory=dict)

    def once(self, name: str, find: Callable[[], T]) -> T:
        """What `find` gives, worked out the first time it is asked for under this name."""
        if name not in self._once:
            self._once[name] = find()
        found: T = self._once[name]
        return found

    def prose(self) -> Iterator[Sentence]:
        """Sentences that may promise something: no headings and no table rows."""
        return (sentence for sentence in self.sentences if sentence.form == "sentence")

    def durations(self, sentence: Sentence) -> tuple[DurationMention, ...]:
        if sentence.index not in self._durations:
            self._durations[sentence.index] = tuple(durations(sentence.text))
        return self._durations[sentence.index]

    def percents(self, sentence: Sentence) -> tuple[PercentMention, ...]:
        if sentence.index not in self._percents:
            self._percents[sentence.index] = tuple(percents(sentence.text))
        return self._percents[sentence.index]

    def money(self, sentence: Sentence) -> tuple[MoneyMention, ...]:
        if sentence.index not in self._money:
            self._money[sentence.index] = tuple(self._in_dollars(m) for m in money(sentence.text))
        return self._money[sentence.index]

    def _in_dollars(self, mention: MoneyMention) -> MoneyMention:
        """An amount in dollars of no named country is in those of the contract."""
        dollars = self.once("dollars", lambda: dollars_of(self.document.text))
        bare = mention.currency == "USD" and _BARE_DOLLARS.fullmatch(mention.text)
        return replace(mention, currency=dollars) if bare and dollars != "USD" else mention

    def span(self, sentence: Sentence, start: int | None = None, end: int | None = None) -> Span:
        """The span of a sentence without its numbering, or of a flat range of it."""
        first = sentence.body if start is None else max(start, sentence.body)
        last = len(sentence.text) if end is None else end
        return span_of(self.document, *sentence.flat.span(first, max(last, first + 1)), sentence.section)

    def row_span(self, grid: Grid, row: Row) -> Span:
        return span_of(self.document, row.start, row.end, grid.section)
