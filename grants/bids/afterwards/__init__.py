"""After submission: clarifications, letters, expressions of interest."""
