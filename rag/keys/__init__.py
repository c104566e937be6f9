"""API keys: what is stored of them (``store.py``), and ``rag keys``."""
