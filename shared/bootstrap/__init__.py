"""Composition: one module a function, so that a function imports only what it needs."""
