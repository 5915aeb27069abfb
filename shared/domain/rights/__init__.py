"""What may be seen of a person, and how they are forgotten."""
