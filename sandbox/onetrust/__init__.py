"""OneTrust: the stand-in."""
