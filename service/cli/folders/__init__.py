"""Company folders on the command line: finding them, telling what is wrong with them, saving plans."""
