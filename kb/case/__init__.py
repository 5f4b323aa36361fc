"""Say what a case is, and settle what it asks and which of its facts stand."""
