"""The command line: one file a group of commands, over what ``rag`` and ``index`` offer."""
