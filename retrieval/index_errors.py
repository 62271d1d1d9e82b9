"""Errors of the search index beside those in `retrieval.errors`.

IndexError_
├── IndexDamaged        the folder of the embedded index cannot be read
└── IndexUnreachable    the Qdrant server does not answer, or refuses
"""

from retrieval.errors import IndexError_


class IndexDamaged(IndexError_):
    """The folder of the embedded index cannot be read."""

    remedy = "Run `pacta index --rebuild`: the index is made anew from the stored documents."


class IndexUnreachable(IndexError_):
    """The Qdrant server does not answer, or refuses."""

    remedy = "Check PACTA_QDRANT_URL and PACTA_QDRANT_API_KEY, and that the server runs."
