"""What the rules of volume count with: volumes, tiers, periods, what was settled."""
