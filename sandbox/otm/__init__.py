"""Oracle Transportation Management: the stand-in."""
