"""Who hears what, when and where: pure values and functions, without I/O, clock or randomness."""
