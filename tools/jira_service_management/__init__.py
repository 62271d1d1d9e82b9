"""Jira Service Management: the connector."""
