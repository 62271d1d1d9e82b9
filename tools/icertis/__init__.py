"""Icertis Contract Intelligence: the connector."""
