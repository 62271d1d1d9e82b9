"""Downtime of a service or one of its components within a span of time, weighed as the terms say.

A service may be down in part. What is down is therefore a list of `Layer`s: the time in which at least a
share of it was down, the largest share first, each layer inside the next. Their weighted length is the
downtime; every rule on stretches (allowed maintenance, least length, steps of five minutes) cuts the layers.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from typing import NamedTuple

from obligations.calendars import Calendar
from obligations.calendars import compile as compile_calendar
from obligations.intervals import Interval, clipped, common, first_part, merged, total, without
from obligations.periods import midnight_of
from obligations.service.outage_records import Record
from obligations.terms import Availability, Component

_MICRO = timedelta(microseconds=1)
_DAY = timedelta(days=1)


class Layer(NamedTuple):
    """The time in which at least `weight` of the service was down."""

    weight: Fraction
    time: list[Interval]


class Tally(NamedTuple):
    """Minutes of one component: its whole open time, the part of it until now, what is left out of the total,
    the downtime, and the maintenance excepted. `part` names the component, "" for the whole service."""

    whole: Fraction
    so_far: Fraction
    left_out: Fraction
    down: Fraction
    excepted: Fraction
    part: str = ""

    @property
    def basis(self) -> Fraction:
        return self.whole - self.left_out

    def down_share(self) -> Fraction:
        """Share of the basis that was down, from 0 to 1."""
        return min(self.down / self.basis, Fraction(1)) if self.basis > 0 else Fraction(0)


def pooled(parts: Sequence[Tally]) -> Tally:
    """The minutes of all components added up."""
    return Tally(
        whole=sum((p.whole for p in parts), Fraction(0)),
        so_far=sum((p.so_far for p in parts), Fraction(0)),
        left_out=sum((p.left_out for p in parts), Fraction(0)),
        down=sum((p.down for p in parts), Fraction(0)),
        excepted=sum((p.excepted for p in parts), Fraction(0)),
    )


class Scene(NamedTuple):
    """What a tally is taken from: the terms, the span and the instant judged, the records in it."""

    terms: Availability
    start: datetime
    end: datetime
    now: datetime
    zone: tzinfo
    records: tuple[Record, ...]
    relief: tuple[Record, ...]


def minutes(intervals: Iterable[Interval]) -> Fraction:
    return Fraction(total(intervals) // _MICRO, 60_000_000)


def open_hours(calendar: Calendar | None, start: datetime, end: datetime) -> list[Interval]:
    """The open time from `start` to `end`; all of it without a calendar."""
    if calendar is None or calendar.always_open:
        return [(start, end)]
    return list(compile_calendar(calendar, start.date(), end.date()).intervals(start, end))


def tallies(scene: Scene, strict: bool) -> list[Tally]:
    """One tally for each component, or one for the whole service. `strict` counts what is doubtful."""
    terms = scene.terms
    if terms.combine in ("any", "all"):
        return [_tally(scene, strict, None)]
    return [_tally(scene, strict, component) for component in terms.components]


def _tally(scene: Scene, strict: bool, component: Component | None) -> Tally:
    terms = scene.terms
    opened = open_hours(terms.calendar, scene.start, scene.end)
    if component is not None:
        opened = clipped(opened, *_deployed(component, scene))
    layers, allowed = _layers(scene, strict, component, opened)
    left_out = _left_out(scene, strict, component, (opened, layers, allowed))
    return Tally(
        whole=minutes(opened),
        so_far=minutes(clipped(opened, scene.start, min(scene.now, scene.end))),
        left_out=minutes(left_out),
        down=weighted(layers),
        excepted=minutes(allowed),
        part=component.name if component else "",
    )


def _deployed(component: Component, scene: Scene) -> Interval:
    first = midnight_of(component.from_on, scene.zone) if component.from_on else scene.start
    last = midnight_of(component.until_on + _DAY, scene.zone) if component.until_on else scene.end
    return max(first, scene.start), min(last, scene.end)


def _layers(
    scene: Scene, strict: bool, component: Component | None, opened: Sequence[Interval]
) -> tuple[list[Layer], list[Interval]]:
    """What was down of a component or of the service in the open time, and the maintenance allowed."""
    terms = scene.terms
    if terms.combine == "all":
        each = [_of_component(scene, strict, c, opened) for c in terms.components]
        return _all_of([layers for layers, _ in each]), _everywhere([allowed for _, allowed in each])
    if component is None and terms.components:
        named = [r for r in scene.records if any(_is_of(r, c) for c in terms.components)]
        return _counted(scene, strict, named, opened)
    if component is None:
        return _counted(scene, strict, scene.records, opened)
    return _of_component(scene, strict, component, opened)


def _of_component(
    scene: Scene, strict: bool, component: Component, opened: Sequence[Interval]
) -> tuple[list[Layer], list[Interval]]:
    records = [record for record in scene.records if _is_of(record, component)]
    return _counted(scene, strict, records, opened)


def _is_of(record: Record, component: Component) -> bool:
    """A record that names no component is about all of them."""
    return not record.component or record.component.casefold() == component.name.casefold()


def _counted(
    scene: Scene, strict: bool, records: Sequence[Record], opened: Sequence[Interval]
) -> tuple[list[Layer], list[Interval]]:
    terms = scene.terms
    excepted = [r.allowed for r in records if r.allowed and (r.excused or not (strict or r.excused is False))]
    allowed = common(merged(excepted), opened)
    if terms.maintenance_hours is not None:
        allowed = common(allowed, open_hours(terms.maintenance_hours, scene.start, scene.end))
    if terms.maintenance_cap is not None:
        cap = timedelta(days=terms.maintenance_cap.days) + terms.maintenance_cap.elapsed
        allowed = first_part(allowed, cap)
    excused = merged([*allowed, *_relief(scene, strict)])
    counted = [(r.span, r.weight) for r in records if r.counts or (strict and r.counts is None)]
    layers = [Layer(layer.weight, without(layer.time, excused)) for layer in _layered(counted)]
    return _cut(terms, layers, scene, opened), allowed


def _relief(scene: Scene, strict: bool) -> list[Interval]:
    return [r.span for r in scene.relief if r.counts is False or not strict]


def _layered(weights: Iterable[tuple[Interval, Fraction]]) -> list[Layer]:
    held = [(span, weight) for span, weight in weights if weight > 0]
    steps = sorted({weight for _, weight in held}, reverse=True)
    return [Layer(step, merged(span for span, weight in held if weight >= step)) for step in steps]


def _cut(terms: Availability, layers: list[Layer], scene: Scene, opened: Sequence[Interval]) -> list[Layer]:
    """Without stretches that are too short, in whole steps, and within the open time."""
    if terms.minimum_outage is not None and layers:
        shortest = terms.minimum_outage.elapsed
        long_enough = [(a, b) for a, b in layers[-1].time if b - a >= shortest]
        layers = [Layer(layer.weight, common(layer.time, long_enough)) for layer in layers]
    if terms.bin is not None:
        step, whole = terms.bin.elapsed, terms.bin_counts == "whole"
        layers = [Layer(w, _stepped(time, scene.start, step, whole)) for w, time in layers]
    return [Layer(layer.weight, common(layer.time, opened)) for layer in layers]


def _stepped(time: Sequence[Interval], start: datetime, step: timedelta, whole: bool) -> list[Interval]:
    """Stretches in steps counted from `start`: those wholly within them, or those they touch."""
    stepped = []
    for a, b in time:
        if whole:
            first, last = -((start - a) // step), (b - start) // step
        else:
            first, last = (a - start) // step, -((start - b) // step)
        if first < last:
            stepped.append((start + first * step, start + last * step))
    return merged(stepped)


def _all_of(components: Sequence[list[Layer]]) -> list[Layer]:
    """The layers of the time in which every component was down, each by its own share."""
    steps = sorted({layer.weight for layers in components for layer in layers}, reverse=True)
    return [Layer(step, _everywhere([_at_least(layers, step) for layers in components])) for step in steps]


def _at_least(layers: Sequence[Layer], weight: Fraction) -> list[Interval]:
    """The time in which at least `weight` was down: the widest layer that weighs so much."""
    return next((layer.time for layer in reversed(layers) if layer.weight >= weight), [])


def _everywhere(times: Sequence[list[Interval]]) -> list[Interval]:
    held = times[0]
    for time in times[1:]:
        held = common(held, time)
    return held


def weighted(layers: Sequence[Layer]) -> Fraction:
    """Minutes of all layers, each counted by what it weighs more than the next."""
    down, counted = Fraction(0), Fraction(0)
    for layer in reversed(layers):
        down += minutes(layer.time) * (layer.weight - counted)
        counted = layer.weight
    return down


def _left_out(
    scene: Scene,
    strict: bool,
    component: Component | None,
    time: tuple[Sequence[Interval], Sequence[Layer], Sequence[Interval]],
) -> list[Interval]:
    """What is taken off the total: the allowed maintenance, or everything excluded that is no downtime."""
    opened, layers, allowed = time
    if scene.terms.denominator == "total":
        return []
    if scene.terms.denominator == "less_maintenance":
        return list(allowed)
    records = [r for r in scene.records if component is None or _is_of(r, component)]
    excluded = merged([*allowed, *(r.span for r in records if r.excluded), *_relief(scene, strict)])
    down = layers[-1].time if layers else []
    return common(without(excluded, down), opened)
