"""The outside systems: reading what happened, writing what was approved."""

from tools.registry import connect

__all__ = ["connect"]
