"""
Deliveries to other systems: durable rows that are worked off, destination by destination.

    tables.py    what is stored
    backoff.py   how long to wait after which failure
    courier.py   one delivery: its transport's requests, sent and judged
    lane.py      one destination's deliveries, in order, under a lease
    ledger.py    what a lane reads and writes
    retention.py what has ended goes
    loop.py      who runs lanes in this process, and when
    fleet.py     the same over Celery, for many processes
"""
