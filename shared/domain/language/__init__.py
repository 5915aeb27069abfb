"""The language that marketers write, read from plain values into what runs."""
