"""E-mail: the connector."""
