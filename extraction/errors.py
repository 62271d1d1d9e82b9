"""Errors of the embedded reader.

PactaError
└── ExtractionError       something that keeps the reader from reading at all
    ├── LibraryError      a clause library or playbook file that does not hold what it must
    └── ChunkMismatch     chunks that belong to another document than the one read

A sentence that cannot be read is never an error: it becomes a `Problem` in the Extraction.
"""

from obligations.errors import PactaError


class ExtractionError(PactaError):
    """Root of what the reader raises on purpose."""


class LibraryError(ExtractionError):
    """A library or playbook file is missing, is not YAML, or has fields it must not have."""


class ChunkMismatch(ExtractionError):
    """The chunks given were cut from another document."""
