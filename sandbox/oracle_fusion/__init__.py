"""Oracle Fusion: the stand-in."""
