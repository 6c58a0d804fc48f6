"""What callers send: every field once, with its bounds, whichever surface it comes through."""
