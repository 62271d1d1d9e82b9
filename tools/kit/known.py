"""Which records a system held when it was last read, small enough for a cursor: so that one that was deleted
since is noticed where the system tells nobody.

What was read of a deleted record still counts: nothing is left of it to read, so a person is told.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Set
from itertools import pairwise

from obligations.document import Problem
from tools.kit.errors import Misconfigured


def packed(ids: Set[str]) -> str:
    """Identifiers of digits as text: in order, each as its distance from the one before, compressed."""
    numbers = sorted(int(each) for each in ids)
    if not numbers:
        return ""
    steps = [numbers[0], *(after - before for before, after in pairwise(numbers))]
    return base64.b64encode(zlib.compress(json.dumps(steps, separators=(",", ":")).encode(), 9)).decode()


def unpacked(vendor: str, text: str) -> set[str]:
    """The identifiers that `packed` made a text of. Misconfigured for another text."""
    if not text:
        return set()
    try:
        steps = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
        found, at = set(), 0
        for step in steps:
            at += int(step)
            found.add(str(at))
    except (ValueError, TypeError, zlib.error):
        raise Misconfigured(
            vendor,
            "the stored watermark does not tell which records there were",
            remedy="Reset it to read everything again.",
        ) from None
    return found


def gone(vendor: str, what: str, records: Iterable[str]) -> tuple[Problem, ...]:
    """What a person is told about records that are no longer there."""
    return tuple(
        Problem(
            stage="sync",
            what=f"{vendor}: {what}",
            place=record,
            remedy="What was read of it still counts: decide what becomes of it.",
        )
        for record in records
    )
