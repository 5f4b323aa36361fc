"""Read a letter, PDF or text, into header, summary and request blocks."""
