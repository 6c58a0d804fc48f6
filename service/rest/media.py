"""Media types of answers."""

JSON = "application/json"
CSV, NDJSON = "text/csv", "application/x-ndjson"
EXPORTS = (CSV, NDJSON)
"""Forms of a whole list."""
