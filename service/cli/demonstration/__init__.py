"""What `dualtrack demo` shows: a receiver in a process of its own, a story told by HTTP, and how it is drawn."""
