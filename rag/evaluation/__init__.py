"""Measuring how far the answers can be trusted. Knows no HTTP."""
