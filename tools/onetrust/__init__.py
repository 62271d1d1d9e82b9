"""OneTrust: the connector."""
