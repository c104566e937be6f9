"""A small reader of our own: does a text answer a question, where, and does it carry a claim?

``reader`` runs it on ``windows`` of text, encoded by ``pairs``. The recipe that made its weights is
``rag.evaluation.training``.
"""

RECIPE_NEEDS = "pip install 'footnote-rag[train]'"
