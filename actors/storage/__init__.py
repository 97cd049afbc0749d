"""The storage actor: verifies staged files and commits them to the library of its node."""
