"""Request Tracker: the connector."""
