"""Answers to a round's questions: what they may be, how they are asked, saved, and kept in all their versions."""
