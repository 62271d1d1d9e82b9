"""Docusign: the stand-in."""
