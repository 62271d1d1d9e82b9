"""Ironclad: the connector."""
