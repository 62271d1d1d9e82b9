"""Extraction: promises read against promises labelled, counted for each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from evals.promises import Pair, Promise, pair
from evals.score import Counts, Item, Score
from obligations.document import Problem


@dataclass(frozen=True)
class Reading:
    """What a reader gave for one document: its promises, and its entries that could not be used.

    `usable` counts the entries that could; None for a reader that gives no entries of its own to check.
    """

    promises: tuple[Promise, ...] = ()
    problems: tuple[Problem, ...] = ()
    usable: int | None = None


@dataclass(frozen=True)
class Read:
    """What was read in one document beside what is labelled in it, of the `kinds` the reader can give.

    `lost` are labels whose quotes could not be found in the document; they count as not read.
    """

    document: str
    labels: tuple[Promise, ...]
    reading: Reading
    kinds: frozenset[str]
    lost: tuple[Promise, ...] = ()
    problem: str = ""

    @cached_property
    def read(self) -> tuple[Promise, ...]:
        return tuple(p for p in self.reading.promises if p.kind in self.kinds)

    @cached_property
    def pairs(self) -> list[Pair]:
        return pair(self.labels, self.read)


def promises(output: Read) -> Sequence[Score]:
    """A score for each kind that is labelled or read, with its counts; its value is the exact F1."""
    pairs = output.pairs
    labels = [*output.labels, *output.lost]
    scores = []
    for kind in sorted({p.kind for p in (*labels, *output.read)}):
        counts = Counts(
            labels=sum(p.kind == kind for p in labels),
            predicted=sum(p.kind == kind for p in output.read),
            matched=sum(p.label.kind == kind for p in pairs),
            exact=sum(p.label.kind == kind and p.exact for p in pairs),
        )
        value = 2 * counts.exact / (counts.labels + counts.predicted)
        why = output.problem or (
            f"{counts.matched} of {counts.labels} read, {counts.exact} with exact terms, "
            f"{counts.predicted - counts.matched} too many"
        )
        scores.append(Score(name="promises", value=value, why=why, group=kind, counts=counts))
    return scores


def usable(output: Read) -> Sequence[Score]:
    """Share of a model's entries that were typed and located; unscored where it gave none."""
    good = output.reading.usable
    if good is None:
        return []
    bad = output.reading.problems
    why = f"{good} usable, {len(bad)} not" + (f", such as: {bad[0].what}" if bad else "")
    value = good / (good + len(bad)) if good or bad else None
    return [Score(name="usable", value=value, why=why, group="all")]


def listed(output: Read) -> list[Item]:
    """Each label and each promise read too much, as items a person can go through."""
    held = {id(p.label): p for p in output.pairs}
    items = [_label(output, label, held.get(id(label)), number) for number, label in enumerate(output.labels)]
    items += [_lost(output, label, number) for number, label in enumerate(output.lost)]
    used = {id(p.read) for p in output.pairs}
    return items + [_extra(output, p) for p in output.read if id(p) not in used]


def _label(output: Read, label: Promise, found: Pair | None, number: int) -> Item:
    got = "not read" if found is None else found.read.words
    return Item(
        id=f"{output.document}#{number}-{label.kind}-{label.key}",
        group=label.kind,
        title=f"{output.document} {label.section}: {label.kind} {label.key}".rstrip(),
        expected=label.words,
        got=output.problem or got,
        passed=found is not None and found.exact,
    )


def _lost(output: Read, label: Promise, number: int) -> Item:
    return Item(
        id=f"{output.document}#lost-{number}-{label.kind}",
        group=label.kind,
        title=f"{output.document} {label.section}: {label.kind} {label.key}".rstrip(),
        expected=label.words,
        got=output.problem or "the labelled quote is not in the parsed text",
        passed=False,
    )


def _extra(output: Read, promise: Promise) -> Item:
    return Item(
        id=f"{output.document}@{promise.start}-{promise.end}-{promise.kind}-{promise.words}",
        group=promise.kind,
        title=f"{output.document} {promise.section}: {promise.kind} at {promise.start}",
        expected="nothing",
        got=promise.words,
        passed=False,
    )
