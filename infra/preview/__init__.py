"""What `carillon preview` shows: every message as it would arrive."""
