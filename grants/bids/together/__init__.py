"""Colleagues writing one bid: who has which part, and what they say to each other."""
