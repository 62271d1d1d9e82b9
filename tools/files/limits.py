"""How much of a file is read: what comes from outside may be made to fill our memory or disk."""

from __future__ import annotations

from pydantic import Field

from obligations.quantities import Frozen
from tools.files.columns import VENDOR
from tools.kit.errors import Fatal


class Limits(Frozen):
    """Sizes in bytes. `unpacked` bounds a packed CSV file, `workbook` what a workbook holds unpacked."""

    file: int = Field(default=1_000_000_000, gt=0)
    unpacked: int = Field(default=4_000_000_000, gt=0)
    workbook: int = Field(default=500_000_000, gt=0)
    rows: int = Field(default=10_000_000, gt=0)


def too_large(what: str, place: str, setting: str) -> Fatal:
    """The error for a file beyond a limit."""
    return Fatal(
        VENDOR, what, place=place, remedy=f"Split the file, or raise limits.{setting} where it is trusted."
    )
