"""A small reader of our own: does a text answer a question, where, and does it carry a claim?

``reader`` runs it; the other modules are the recipe that made its weights, and are imported by
``rag reader train`` alone.
"""

RECIPE_NEEDS = "pip install 'footnote-rag[train]'"
