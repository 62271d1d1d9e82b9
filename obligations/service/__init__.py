"""What the rules of services count with: tickets, downtime, credits."""
