"""Decide cases set-at-a-time: columns of facts, maplib for the queries, columns of statuses for the logic."""
