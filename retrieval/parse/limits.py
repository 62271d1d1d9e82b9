"""How much of a file we are willing to read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, pages, characters and seconds. A file over one of them is refused (TooLarge).

    Only `max_seconds` stops without refusing: what was read by then is kept, with a Problem.
    """

    max_bytes: int = 50_000_000
    max_pages: int = 2_000
    max_text: int = 20_000_000
    max_unpacked: int = 400_000_000
    max_ratio: int = 200
    max_seconds: float = 600.0
