"""Where a read resumes: an instant, with an overlap so that late updates are not missed.

A record may be written with a time before the last one we saw (long transactions, clocks that differ
between the vendor's nodes). Every read therefore starts a little before the watermark; what comes
twice has the same fact id and counts once.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tools.kit.errors import Misconfigured


def resume_at(vendor: str, cursor: str | None, overlap: timedelta) -> datetime | None:
    """The instant to read from; None for a first read. Misconfigured for a cursor that is no instant."""
    if not cursor:
        return None
    try:
        moment = datetime.fromisoformat(cursor)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Misconfigured(
            vendor,
            f"the stored watermark {cursor!r} is no instant",
            remedy="Reset it to read everything again.",
        )
    return moment.astimezone(UTC) - overlap


def as_cursor(moment: datetime) -> str:
    """The watermark as text; it sorts like the instants."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def furthest(cursor: str | None, moment: datetime | None) -> str:
    """The later of a stored watermark and an instant: a watermark never goes back."""
    if moment is None:
        return cursor or ""
    held = resume_at("", cursor, timedelta())
    return as_cursor(max(held, moment) if held else moment)


def marks(vendor: str, cursor: str | None) -> dict[str, str]:
    """The watermark of each of several lists that are read one after the other. Misconfigured for a cursor
    that holds none."""
    try:
        found = json.loads(cursor) if cursor else {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(mark, str) for mark in found.values()):
        raise Misconfigured(
            vendor,
            f"the stored watermark {(cursor or '')[:60]!r} names no lists",
            remedy="Reset it to read everything again.",
        )
    return found


def marks_cursor(held: Mapping[str, str]) -> str:
    """Watermarks as the text that `marks` reads; empty where no list has one."""
    filled = {name: mark for name, mark in sorted(held.items()) if mark}
    return json.dumps(filled) if filled else ""
