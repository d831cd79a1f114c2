"""An agent: its options and state, its queues and listeners, and the run that is active."""
