"""What people allow: what they said, what follows from it, and what must not be written to."""
