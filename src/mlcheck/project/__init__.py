"""Reads what is there into one Project, with positions; judges nothing."""
