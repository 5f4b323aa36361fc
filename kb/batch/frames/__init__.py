"""Decide cases set-at-a-time: columns of facts, maplib or Oxigraph for queries, columns of statuses for the logic."""
