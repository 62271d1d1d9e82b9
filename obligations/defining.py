"""How contracts define a term: the words between a term and its meaning, for every package that reads them.

Pieces of regular expressions, to be put together by the package that knows its own text.
"""

DEFINES = r"means?|shall (?:have the )?mean(?:ing)?|will mean|refers? to|denotes?|has the meaning"
"""Verbs that define whatever term stands before them."""

IS = r"is|are|shall be"
"""Verbs that define a term only in quotation marks, or where it opens a sentence."""

CALLED = r"collectively,? |together,? |each,? |hereinafter,? |in each case,? |being |referred to as "
"""What may stand before a term given in parentheses: (collectively, the "Services")."""
