"""Decide draft orders of a patient's record in FHIR R4, and answer with the cards of CDS Hooks."""
