"""Tableau: the stand-in."""
