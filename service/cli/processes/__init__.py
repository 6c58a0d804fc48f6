"""Several processes behind one socket: their parent, and what each of them does to end when it is told."""
