"""Salesforce: the stand-in."""
