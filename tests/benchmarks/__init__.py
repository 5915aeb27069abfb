"""What ``carillon bench`` measures: a module a subject, each with ``run(rounds)``; not collected as tests."""
