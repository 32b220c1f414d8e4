"""
Conversations with contacts of another system, each a thread in a room.

`Conversations` finds and begins the threads, and makes deliveries of what is answered in them;
`Webhooks` keeps the addresses that these answers go to. wire.md 4 describes UChat's, the only ones.
"""

from engine.conversations.threads import Conversations
from engine.conversations.webhooks import Webhooks

__all__ = ["Conversations", "Webhooks"]
