"""Media types of answers."""

JSON = "application/json"
CSV, NDJSON = "text/csv", "application/x-ndjson"
XML = "text/xml"
EVENTS = "text/event-stream"
