"""Keep triples and answer SPARQL, in this process or in another."""
