"""What failures mean, and what is done about them.

`classification` gives errors a name by the rows of `causes`, `table` says what each category gets, in terms
of `strategies` and `severity`. The saga asks the table, and the log carries the waits; `manager` repeats
single requests inside a process. What yt-dlp's words mean is said in `ytdlp`.
"""
