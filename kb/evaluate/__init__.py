"""Test by SPARQL which recommendations apply and how each criterion stands."""
