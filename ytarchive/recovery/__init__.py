"""When to try again: strategies, and the one table that says which failure gets which."""
