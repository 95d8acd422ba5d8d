"""Starting a bid, who sits in it, copying an earlier one, and moving to a changed form."""
