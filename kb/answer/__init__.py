"""Write determinations out for programs, terminals and pages."""
