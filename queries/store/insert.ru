#+ summary: Put triples into a named graph.
INSERT DATA {
  GRAPH ${graph} {
    ${triples}
  }
}
