"""One file for one command: the stages put together."""
