"""A table cut by the end of a page is one table: its head once, every row whole."""

from collections.abc import Sequence

Row = tuple[str, ...]


def rejoin(above: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> tuple[list[Row], list[Row]]:
    """Both parts of a table as they are to stand: `below` without the head that was printed again.

    A row cut in two ends up whole in `above`. `above` must hold the table from its head on.
    """
    upper = [tuple(row) for row in above]
    lower = [tuple(row) for row in below][repeated_rows(above, below) :]
    if upper and lower and _goes_on(upper[-1], lower[0]):
        pairs = zip(upper[-1], lower[0], strict=True)
        upper[-1] = tuple(f"{first} {second}".strip() for first, second in pairs)
        lower = lower[1:]
    return upper, lower


def repeated_rows(above: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> int:
    """How many rows at the start of `below` print the head of `above` again."""
    count = 0
    for first, second in zip(above, below, strict=False):
        if _plain(first) != _plain(second):
            break
        count += 1
    return count


def _plain(row: Sequence[str]) -> list[str]:
    return ["".join(cell.split()).casefold() for cell in row]


def _goes_on(row: Row, following: Row) -> bool:
    """The second half of a row has no name of its own and starts within a sentence."""
    if len(row) != len(following) or following[0].strip():
        return False
    texts = [(a.strip(), b.strip()) for a, b in zip(row, following, strict=True) if b.strip()]
    return bool(texts) and all(
        b[0].islower()
        or a.endswith((",", "-", ";"))
        or (a and not a.endswith((".", "!", "?")) and len(a) > 40)
        for a, b in texts
    )
