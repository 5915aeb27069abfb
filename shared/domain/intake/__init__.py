"""What comes in, read with care: from whom, in which shape, and what is wrong with it."""
