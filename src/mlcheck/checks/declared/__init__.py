"""Checks that a team declares in its pack's YAML: built from plain data, by the rules of this folder."""
