"""The metadata actor: finds out what is behind a URL, and keeps the documents in the object store."""
