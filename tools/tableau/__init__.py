"""Tableau: the connector."""
