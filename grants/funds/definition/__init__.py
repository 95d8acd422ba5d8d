"""A round's definition: its format, its readers and writers, and the templates that are shipped."""
