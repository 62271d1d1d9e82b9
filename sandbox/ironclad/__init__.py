"""Ironclad: the stand-in."""
