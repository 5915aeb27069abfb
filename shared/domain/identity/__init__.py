"""Whose trace something is, and how traces of one person come together, or apart again."""
