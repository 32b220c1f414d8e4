"""Outgoing integrations: what happens in the chat calls URLs, and what they answer is posted."""
