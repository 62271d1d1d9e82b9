"""NetSuite: the connector."""
