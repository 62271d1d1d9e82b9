"""Which records a promise is judged on: by contract, party, service and name."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Literal, TypeVar

from obligations.facts import Fact, FactData, latest
from obligations.model import Obligation

Data = TypeVar("Data", bound=FactData)
Belongs = Literal["yes", "unclear", "no"]

_WORD = re.compile(r"[^\W_]+")
_NO_NAME = frozenset(
    _WORD.findall(
        "a an and by for from in of on per the to with report reports statement statements account "
        "daily weekly monthly quarterly annual annually yearly"
    )
)


def belongs(obligation: Obligation, fact: Fact) -> Belongs:
    """Whether a record falls under a promise.

    A record that names a contract falls under the promises that govern that contract, and no others. One
    that names none falls under those of its party, unless the contract tree gives it to another promise
    (`unassigned` is "ignored") or the party has several contracts that promise the same ("unclear").
    """
    if fact.contract is not None:
        return "yes" if fact.contract in {obligation.contract, *obligation.governs} else "no"
    sides = {obligation.debtor, obligation.creditor, obligation.counterparty, *obligation.affiliates}
    sides -= {None, obligation.us}
    if fact.party not in sides or obligation.unassigned == "ignored":
        return "no"
    return "unclear" if obligation.unassigned == "unclear" else "yes"


def covers(obligation: Obligation, fact: Fact, day: date) -> bool:
    """Whether the contract runs on the day of a record. One that names the contract may come after its end:
    who goes on performing is still judged."""
    if obligation.starts_on is not None and day < obligation.starts_on:
        return False
    return obligation.ends_on is None or day <= obligation.ends_on or fact.contract is not None


def records(
    obligation: Obligation, facts: Sequence[Fact], known_at: datetime, data: type[Data]
) -> Iterator[tuple[Fact, Data]]:
    """The newest known version of each record of one kind that may fall under a promise."""
    for fact in latest((f for f in facts if isinstance(f.data, data)), known_at):
        if isinstance(fact.data, data) and belongs(obligation, fact) != "no":
            yield fact, fact.data


def each_once(
    held: Iterable[tuple[Fact, Data]], named: Callable[[Data], tuple[str, object]]
) -> Iterator[tuple[Fact, Data]]:
    """Records, one that several systems know once: as the first system by name has it. `named` gives what it
    is called and what must be the same of it; one without a name is one by itself."""
    kept: dict[tuple[str | None, str, object], str] = {}
    for fact, data in sorted(held, key=lambda h: (h[0].source.system, h[0].source.record)):
        name, same = named(data)
        key = (fact.party, name.strip().casefold(), same)
        if not key[1] or kept.setdefault(key, fact.source.system) == fact.source.system:
            yield fact, data


def same_service(promised: str | None, recorded: str) -> bool | None:
    """Whether a record's service is the promised one: one name contains the other, whatever the case.

    None where the promise names a service and the record none.
    """
    if promised is None:
        return True
    wanted, named = " ".join(words(promised)), " ".join(words(recorded))
    if not named:
        return None
    return f" {wanted} " in f" {named} " or f" {named} " in f" {wanted} "


def same_report(promised: str | None, received: str) -> bool:
    """Whether a received report may be the promised one, by the words that name it.

    Words every report has ("monthly", "report") do not count; where nothing else is left on one side, the
    period decides alone.
    """
    if promised is None:
        return True
    wanted, named = _naming_words(promised), _naming_words(received)
    if not wanted or not named:
        return True
    shared = wanted & named
    return bool(shared) and 2 * len(shared) >= min(len(wanted), len(named))


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(text.casefold())


def _naming_words(text: str) -> frozenset[str]:
    stems = (word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words(text))
    return frozenset(stems) - _NO_NAME
