"""What mutation testing of the core found; `make mutants` runs it."""
