"""Errors of typesetting.

SourceError     a source file cannot be read as the dialect, or holds a character its format cannot show
"""


class SourceError(ValueError):
    """Names the source file, the line or text, and what to change."""
