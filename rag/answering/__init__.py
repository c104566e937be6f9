"""How an answer comes about between the search and the gate."""
