"""What the rules of prices and spend count with: price lists, fees, indices, orders."""
