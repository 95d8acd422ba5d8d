"""Until when a council may bid: closing, more time for one council, working days."""
