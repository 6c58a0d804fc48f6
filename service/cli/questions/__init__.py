"""Questions about definitions on the command line: asking the database, and showing the answer."""
