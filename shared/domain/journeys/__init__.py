"""Journeys, and how people go through them."""
