"""Smartsheet: the stand-in."""
