"""Recorded events, replayed or remembered, and told as stories."""
