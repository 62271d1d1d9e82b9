"""What the rules of sales count with: acceptance, revenue, transaction prices."""
