"""How things are asked of a person and an event, and which of many questions an event concerns."""
