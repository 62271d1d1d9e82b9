"""What the rules of paying count with: invoices, due days, discounts, interest."""
