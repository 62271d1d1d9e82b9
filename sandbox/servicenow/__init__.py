"""ServiceNow: the stand-in."""
