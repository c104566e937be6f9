"""HTTP: parses requests, calls the assistant, renders its answers."""
