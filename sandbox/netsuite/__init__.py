"""NetSuite: the stand-in."""
