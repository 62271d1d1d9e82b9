"""Do two readings of one promise say the same? Term by term, by what each of them states.

A reading states what it sets. Names that a text gives freely (a report, an item) are no measure: two readers
shorten them differently. A length of time is compared by its parts: 30 days are not a month.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel

from extraction.model import Draft
from extraction.quantities import durations, money, number_value, percents
from obligations.quantities import Duration

_NAMED = ("priority",)
"""Terms of free words that tell one promise from another all the same."""
_SILENT = {"clock": "calendar"}
"""What a text means that does not say: stating it is no difference."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|\b[a-z]+(?:-[a-z]+)?\b")


def differences(ours: Draft, theirs: Draft) -> tuple[tuple[str, ...], int]:
    """The names of the terms in which `theirs` departs from `ours`, and how many terms agree.

    A term that only `ours` states is none of them: a reader that hears of one clause alone states less.
    """
    differing: list[str] = []
    agreeing = 0
    for name, value in _stated(theirs.terms):
        held = getattr(ours.terms, name)
        if _is_name(theirs.terms, name):
            continue
        if held is None or held == ():
            if _SILENT.get(name) != value:
                differing.append(name)
        elif _equal(held, value):
            agreeing += 1
        else:
            differing.append(name)
    for role in ("debtor_role", "creditor_role"):
        one, other = (_role(getattr(draft, role)) for draft in (ours, theirs))
        if one and other and one != other:
            differing.append(role.removesuffix("_role"))
    return tuple(differing), agreeing


def tells_apart(ours: Draft, theirs: Draft) -> bool:
    """Whether the two name different things, so that they are two promises and no disagreement."""
    named = ((getattr(ours.terms, name, None), getattr(theirs.terms, name, None)) for name in _NAMED)
    return any(one is not None and other is not None and not _equal(one, other) for one, other in named)


def unstated(draft: Draft) -> tuple[str, ...]:
    """The names of the terms whose figures do not stand in the words quoted: invented, or from elsewhere."""
    quote = draft.span.quote
    lengths = {_parts(mention.duration) for mention in durations(quote) if mention.meant}
    numbers = {
        number for word in _NUMBER.findall(quote.lower()) if (number := number_value(word)) is not None
    }
    numbers |= {mention.value for mention in percents(quote)} | {mention.amount for mention in money(quote)}
    return tuple(
        dict.fromkeys(
            name
            for name, value in _measures(draft.terms)
            if (_parts(value) not in lengths if isinstance(value, Duration) else value not in numbers)
        )
    )


def in_words(draft: Draft) -> str:
    """The stated terms of a reading as a person reads them: "within P30D, starts invoice_date"."""
    said = [f"{name} {_written(value)}" for name, value in _stated(draft.terms)]
    return ", ".join(said) or "no terms"


def _stated(terms: BaseModel) -> Iterator[tuple[str, Any]]:
    for name in type(terms).model_fields:
        value = getattr(terms, name)
        default = type(terms).model_fields[name].default
        if (
            name != "kind"
            and name in terms.model_fields_set
            and value not in (None, (), "")
            and value != default
        ):
            yield name, value


def _is_name(terms: BaseModel, name: str) -> bool:
    """A term of free text, unlike one of a few fixed words."""
    annotation = type(terms).model_fields[name].annotation
    return name not in _NAMED and (annotation is str or str in get_args(annotation))


def _equal(one: Any, other: Any) -> bool:
    """Equal in what `other` states; lists in any order, each member once."""
    if isinstance(one, Duration) and isinstance(other, Duration):
        return _parts(one) == _parts(other)
    if isinstance(one, BaseModel) and isinstance(other, BaseModel):
        if type(one) is not type(other):
            return one == other
        return all(
            _equal(getattr(one, name), value) for name, value in _stated(other) if not _is_name(other, name)
        )
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and _all_found(one, other)
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return bool(one == other)


def _all_found(ones: Sequence[Any], others: Sequence[Any]) -> bool:
    left = list(ones)
    for other in others:
        found = next((one for one in left if _equal(one, other)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _measures(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The lengths and numbers in typed terms, with the name of the term they belong to."""
    if isinstance(value, Duration):
        yield name, value
    elif isinstance(value, BaseModel):
        for field, held in _stated(value):
            yield from _measures(held, name or field)
    elif isinstance(value, tuple):
        for held in value:
            yield from _measures(held, name)
    elif isinstance(value, Decimal):
        yield name, value


def _parts(length: Duration) -> tuple[int, int, int]:
    return length.months, length.days, length.seconds


def _role(said: str) -> str:
    return said.casefold().removeprefix("the ").strip(" “”\"'")


def _written(value: Any) -> str:
    if isinstance(value, Duration | Decimal | date | str):
        return str(value)
    if isinstance(value, BaseModel):
        return "{" + ", ".join(f"{name} {_written(held)}" for name, held in _stated(value)) + "}"
    return "[" + ", ".join(_written(each) for each in value) + "]" if isinstance(value, tuple) else str(value)
