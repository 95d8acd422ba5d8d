"""The demo: the real awards of 2018, and an invented story around rounds of today, told with the rooms' operations."""
