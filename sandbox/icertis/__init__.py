"""Icertis: the stand-in."""
