"""Read request lines and the clinical summary into facts, each with its quote."""
