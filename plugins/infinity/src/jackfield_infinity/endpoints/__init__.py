"""What the clients offer, one subject a file."""
