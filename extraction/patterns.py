"""Looking for words: case-blind regular expressions, compiled once."""

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def words(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; letters match in either case."""
    return re.compile(pattern, re.IGNORECASE)


def search(pattern: str, text: str) -> re.Match[str] | None:
    """The first place where the pattern is found."""
    return words(pattern).search(text)


def match(pattern: str, text: str) -> re.Match[str] | None:
    """The pattern at the start of the text."""
    return words(pattern).match(text)
