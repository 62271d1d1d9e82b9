"""Tryton: the connector."""
