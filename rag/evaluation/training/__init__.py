"""The recipe that makes the weights of the reader; only `rag reader train` imports it."""
