"""project44: the stand-in."""
