"""The playbook's contract as tests: a module a section, written from the contract alone, driven the public way."""
