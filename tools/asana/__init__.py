"""Asana: the connector."""
