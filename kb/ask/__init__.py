"""Answer the questions of analysts: the stored ones, and their own SPARQL in a sandbox."""
