"""Keep triples and answer SPARQL: in this process, in another, or for strangers in a sandbox."""
