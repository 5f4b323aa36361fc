#+ summary: Remove a named graph.
DROP SILENT GRAPH ${graph}
