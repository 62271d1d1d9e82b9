"""Agiloft: the stand-in."""
