"""What the commands do with a stage that is deployed."""
