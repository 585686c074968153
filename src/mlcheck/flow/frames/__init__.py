"""Frames: which columns they have, of which types, and what an expression over them means to Spark and pandas."""
