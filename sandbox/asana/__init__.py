"""Asana: the stand-in."""
