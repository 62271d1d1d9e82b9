"""project44: the connector."""
