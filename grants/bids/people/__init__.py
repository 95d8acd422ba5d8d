"""Who may read and write a bid on its council's side, who was invited, and who leaves."""
