"""The real system for an hour under a mixed load and now and then a fault: how much memory, how far behind.

`load` asks and interferes, `samples` looks, `plot` draws; what must hold at the end stands in the `proof` of
`tests.chaos`.
"""
