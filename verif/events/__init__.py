"""Streams of events: links, queues, arbiters, routers and their mesh."""
