"""What value for money is worked out with: sets of assumptions, the shipped one and those the programme loads."""
