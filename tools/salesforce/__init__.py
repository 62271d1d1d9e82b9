"""Salesforce: the connector."""
