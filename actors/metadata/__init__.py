"""The metadata actor: finds out what is behind a URL, a video or a list of them, and keeps the documents."""
