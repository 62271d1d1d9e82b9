"""Oracle Transportation Management: the connector."""
