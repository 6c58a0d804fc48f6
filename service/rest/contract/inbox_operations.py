"""What is answered to messages of connected systems."""

from collections.abc import Mapping

from service.connectors.inbox import Taken
from service.requests.messages import SignedMessage
from service.rest.contract.operation import Operation

INBOX_OPERATIONS: Mapping[str, Operation] = {
    "take_message": Operation(
        example=Taken(result="done"),
        codes=("signature-refused", "message-stale", "message-unreadable", "inbox-failed"),
        sent=SignedMessage,
        request={
            "type": "employee.updated",
            "timestamp": "2026-10-01T06:00:12Z",
            "data": {"companyId": "12345", "employeeId": "4711", "changedFields": ["jobTitle"]},
        },
    ),
}
