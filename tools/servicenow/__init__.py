"""ServiceNow: the connector."""
