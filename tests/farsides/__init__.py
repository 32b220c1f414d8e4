"""
The far sides of the internet: servers on 127.0.0.1 that behave as the vendors' do.

They are written from the vendors' documentation, not from our transports: each checks every member
and header it gets and refuses, as the vendor would, what is wrong. `far.fail("429")` makes the next
request fail in the named way.
"""
