"""CLM's lists while they change under the reading: whatever moves or goes, nothing else is missed."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.tools.vendors import START, Json
from tools.docusign.sorted_list import SortedList
from tools.kit.paging import LoopGuard, Order, Page, by_change

SIZE = 5


class Changing:
    """Documents by their time of change; before a page is given, some are changed, made or deleted."""

    def __init__(self, dice: random.Random, count: int, moves: int) -> None:
        self.dice, self.moves = dice, moves
        self.held = {n: START + timedelta(minutes=dice.randrange(count)) for n in range(count)}
        self.clock = START + timedelta(days=1)
        self.deleted: set[int] = set()

    def page(self, offset: int, limit: int) -> Page:
        for _ in range(self.dice.randrange(3) if self.moves > 0 else 0):
            self.moves -= 1
            self.clock += timedelta(seconds=self.dice.randrange(3))
            number = self.dice.choice([*self.held, len(self.held) + 1000 + self.moves])
            if self.dice.random() < 0.3 and number in self.held:
                del self.held[number]
                self.deleted.add(number)
            else:
                self.held[number] = self.clock
        ordered = sorted(self.held.items(), key=lambda item: (item[1], item[0]))
        rows: list[Json] = [{"id": str(n), "at": at.isoformat()} for n, at in ordered]
        return Page(rows[offset : offset + limit], offset + limit < len(rows), str(len(rows)))


def at(row: Json) -> datetime:
    return datetime.fromisoformat(row["at"]).astimezone(UTC)


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_missed(seed: int) -> None:
    dice = random.Random(seed)
    source = Changing(dice, count=dice.randrange(1, 80), moves=dice.randrange(30))
    since = None if dice.random() < 0.3 else START + timedelta(minutes=dice.randrange(60))
    wanted = {n for n, moment in source.held.items() if since is None or moment >= since}
    order = Order(lambda row: str(row["id"]), at, SIZE)
    listed = SortedList(source.page, lambda row: str(row["id"]), at, SIZE, LoopGuard("clm", "list"))
    seen: dict[str, set[datetime]] = {}
    reached = since
    for part in by_change(listed.fetch, since, order, LoopGuard("clm", "list")):
        reached = part.reached or reached
        for row in part.rows:
            seen.setdefault(row["id"], set()).add(at(row))
    assert {str(n) for n in wanted - source.deleted} <= set(seen)
    late = {
        n
        for n, moment in source.held.items()
        if reached and moment < reached and (not since or moment >= since)
    }
    assert all(source.held[n] in seen[str(n)] for n in late), (
        "what changed before the watermark was read as it is"
    )
