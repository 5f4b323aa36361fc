#+ summary: Put triples into a named graph in place of all that it holds.
DROP SILENT GRAPH ${graph} ;
INSERT DATA {
  GRAPH ${graph} {
    ${triples}
  }
}
