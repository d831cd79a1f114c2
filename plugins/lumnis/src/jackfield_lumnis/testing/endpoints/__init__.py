"""The endpoints of the loopback service, a file for each subject. Source: spec/lumnis.md, 2."""
