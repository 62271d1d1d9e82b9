"""Scorers, one respect each. A scorer gives nothing where a case does not ask for what it judges."""
