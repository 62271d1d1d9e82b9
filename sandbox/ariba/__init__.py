"""Ariba: the stand-in."""
