"""A bid's projects and their tables: sites, money, outcomes, milestones, risks, value."""
