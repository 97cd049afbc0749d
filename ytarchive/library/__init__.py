"""The library of files: where a video lies, whether a file is whole, how it gets to its place.

`layout` names paths, `probe` reads every packet of a media file, `transfer` copies a file into the library,
proves that the disk returns what was written (`hashing`), and only then lets it be seen (`atomic`). What
belongs here works on local files and knows neither jobs nor events; nothing here speaks to the bus or to a
website. Other places to keep files, S3 for one, are the storage actor's.
"""
