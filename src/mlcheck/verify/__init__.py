"""Decide again, compare, and name every difference: one rule, one code."""
