"""What each channel can carry, and what it asks of a message."""
