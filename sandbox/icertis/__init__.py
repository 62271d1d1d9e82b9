"""Stand-in for Icertis Contract Intelligence."""
