"""Oracle Fusion: the connector."""
