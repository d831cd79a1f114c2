"""The first plugins; they use the public face only, as a stranger would."""
