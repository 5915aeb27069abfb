"""What a person did: as little of it as the playbook needs, and as much of it as staff can use."""
