"""What everyone may read of a round before bidding, and the eligibility checker."""
