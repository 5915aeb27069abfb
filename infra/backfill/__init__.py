"""``carillon backfill``: asks everybody to be filled up from their timelines, and says how far that has come."""
