"""Reading ahead gives the same items in the same order, and the same error at the same place."""

import threading
import time
from collections.abc import Iterator

import pytest

from flows.read_ahead import read_ahead


def numbers(upto: int, fetched: list[int], failing_at: int | None = None) -> Iterator[int]:
    for number in range(upto):
        if number == failing_at:
            raise ValueError(f"no {number}")
        fetched.append(number)
        yield number


@pytest.mark.parametrize("upto", [0, 1, 2, 50])
def test_items_come_in_order_and_end(upto: int) -> None:
    assert list(read_ahead(numbers(upto, []))) == list(range(upto))


def test_an_error_comes_behind_the_items_before_it() -> None:
    taken: list[int] = []
    with pytest.raises(ValueError, match="no 3"):
        taken.extend(read_ahead(numbers(10, [], failing_at=3)))
    assert taken == [0, 1, 2]


def test_no_more_is_fetched_in_advance_than_told() -> None:
    fetched: list[int] = []
    ahead = read_ahead(numbers(100, fetched), most=2)
    assert next(ahead) == 0
    time.sleep(0.1)
    # The one taken, two that wait, and one in the hand of the thread.
    assert len(fetched) <= 4
    ahead.close()


def test_leaving_early_ends_the_thread() -> None:
    fetched: list[int] = []
    before = threading.active_count()
    ahead = read_ahead(numbers(1000, fetched))
    assert next(ahead) == 0
    ahead.close()
    assert threading.active_count() == before
    assert len(fetched) < 10
