"""What the rules of the agreement's life count with: terms, notices, its end."""
