"""Agiloft: the connector."""
