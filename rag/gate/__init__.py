"""What decides whether a sentence is shown."""
