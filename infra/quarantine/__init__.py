"""The quarantine as an operator sees it: what is kept, what is wrong with it, and how it goes back in."""
