"""Streams of events and words: adapters, queues, arbiters."""
