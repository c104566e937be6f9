"""Measures: small pure functions with their definitions. They know no files, models or reports."""
