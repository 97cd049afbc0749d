"""The jobs actor: the only writer of the event log. Commands and results in, commits and tasks out."""
