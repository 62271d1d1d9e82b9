"""Tests against real systems; each is skipped where its system is not there."""
