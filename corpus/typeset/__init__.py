"""Typesetting of the invented contracts: one small Markdown dialect in, PDF, DOCX, text or scan out."""
