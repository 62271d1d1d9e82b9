"""Bytes to Document: one canonical text with exact offsets, pages and tables, whatever the format."""

from retrieval.parse.limits import Limits
from retrieval.parse.read import parse

__all__ = ["Limits", "parse"]
