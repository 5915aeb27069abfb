"""What every function shares: the pure domain, the use cases, and the adapters that reach AWS."""
