"""Holidays that the tables lack, put into every calendar of a promise, however deep its terms hold it."""

from obligations.calendars import Additions, Calendar, with_additions
from obligations.model import Obligation
from obligations.quantities import Frozen


def with_local_holidays(obligation: Obligation, additions: Additions) -> Obligation:
    """The promise with the holidays added for the country, region and site of each of its calendars."""
    series = tuple(
        dated.model_copy(update={"terms": _added(dated.terms, additions)}) for dated in obligation.terms
    )
    return obligation if series == obligation.terms else obligation.model_copy(update={"terms": series})


def _added(value: object, additions: Additions) -> object:
    if isinstance(value, Calendar):
        return with_additions(value, additions)
    if isinstance(value, tuple):
        return tuple(_added(each, additions) for each in value)
    if not isinstance(value, Frozen):
        return value
    held = {name: getattr(value, name) for name in type(value).model_fields}
    found = {name: _added(part, additions) for name, part in held.items()}
    changed = {name: part for name, part in found.items() if part != held[name]}
    return value.model_copy(update=changed) if changed else value
