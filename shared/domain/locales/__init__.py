"""Countries, clocks and languages: where a person is, and how they are spoken to."""
