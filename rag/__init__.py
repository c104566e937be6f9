"""Answering: selects evidence, asks a language model, checks every sentence. Knows no HTTP."""
