"""Smartsheet: the connector."""
