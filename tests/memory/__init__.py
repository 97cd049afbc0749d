"""What work leaves behind: each actor and the worker pool over many messages and tasks, on a real server.

`leaks` measures, and names the line that allocated what is left; `actors` has an actor work. Work is done in
rounds, all alike: ``python -m tests.memory --rounds N`` makes more of them than a test run does.
"""
