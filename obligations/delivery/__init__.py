"""What the rules of delivery count with: order lines, days, shares, warranties."""
