"""Finding: loads documents, cuts them into chunks, embeds, stores and searches them.

Knows no model that writes, no prompt and no HTTP.
"""
