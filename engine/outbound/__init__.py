"""
The only package that calls other systems over HTTP, whoever asked for it.

    client.py        a call from its first hop to its reply: redirects, retries, limits
      call.py        what callers ask for and what they get; request.py what is sent for it
      target.py      a URL, taken apart once
      policy.py      whom a call may reach; entries.py what administrators allow; addresses.py what is public
      resolver.py    names to addresses, within the deadline
      lane.py        what calls under one policy share: lookups, and idle.py, open connections
      connection.py  HTTP/1.1 to one checked address; sockets.py below it, unpacking.py above
      failures.py    what goes wrong below, as one OutboundError
"""
