"""Jira Service Management: the stand-in."""
