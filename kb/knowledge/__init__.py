"""Load the ontology, its recommendations, words and queries."""
