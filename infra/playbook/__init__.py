"""The playbook at build time: read, checked and compiled."""
