"""Coupa: the connector."""
