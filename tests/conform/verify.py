"""Reads JSON lines {"secret", "headers", "body" in base64}; answers each with what two libraries for Python say of it.

It runs where the made-up clients do: the service wants nothing of these libraries.
"""

# One of them is not installed where this is checked.
# pyright: basic, reportMissingImports=false

import base64
import json
import sys

import standardwebhooks
import svix.webhooks

LIBRARIES = (standardwebhooks.Webhook, svix.webhooks.Webhook)

for line in sys.stdin:
    delivery = json.loads(line)
    body, verdicts = base64.b64decode(delivery["body"]), []
    for library in LIBRARIES:
        try:
            library(delivery["secret"]).verify(body, delivery["headers"])
            verdicts.append("accepted")
        except (standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError) as error:
            verdicts.append(f"refused: {error}")
    print(json.dumps(verdicts))
