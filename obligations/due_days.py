"""Due days in every reading that a text leaves open, and which of them is acted on."""

from dataclasses import dataclass
from datetime import date

from obligations.facts import Source


@dataclass(frozen=True)
class DueDay:
    """A due day with the reading that gives it: "30 days from receipt on 2026-10-02"."""

    on: date
    reading: str
    records: tuple[Source, ...] = ()


@dataclass(frozen=True)
class DueDays:
    """All due days of one invoice; `missing` says why there are none.

    `doubt` says what must be known to choose between them where that is no matter of reading. `earliest` is
    the day before which it is surely not due, where the day itself is not known.
    """

    days: tuple[DueDay, ...] = ()
    missing: str = ""
    doubt: str = ""
    earliest: DueDay | None = None

    def chosen(self, we_owe: bool | None) -> DueDay:
        """The reading to act on: what we owe is due on the earliest day, what is owed to us on the latest,
        so that neither are we late nor do we accuse wrongly. The earliest where our side is not known."""
        pick = max if we_owe is False else min
        return pick(self.days, key=lambda due: due.on)

    @property
    def ambiguous(self) -> bool:
        return len({due.on for due in self.days}) > 1
