"""One file for one format, each a function of outcomes or of a record."""
