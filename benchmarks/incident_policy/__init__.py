"""Recovering the SLA policy behind a ticket log: the log, the policy, its clock, the search, the report."""
