"""Data with a thin reader: names of checks, the demo."""
