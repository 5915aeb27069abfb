"""The ports, imitated in memory: a module for each of ``shared/ports``. Each fake passes the tests of its adapter."""
