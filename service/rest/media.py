"""Media types of answers."""

JSON = "application/json"
CSV, NDJSON = "text/csv", "application/x-ndjson"
EVENTS = "text/event-stream"
