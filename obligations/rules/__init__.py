"""The registry of rules: one file per kind, the file's name is the kind.

A rule is `assess(obligation, facts, at) -> tuple[Assessment, ...]`, one assessment for each
occurrence, in order of `occurrence.counts_on`. It is pure (no clock, no I/O, no randomness), total
(never raises for obligations that could be made) and knows nothing after `at.as_of` nor recorded
after `at.known_at`.
"""
