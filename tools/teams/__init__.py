"""Microsoft Teams: the connector."""
