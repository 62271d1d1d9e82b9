"""Coupa: the stand-in."""
