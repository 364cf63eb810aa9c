"""Signs what stands on standard input with a library: LIBRARY SECRET MESSAGE SECONDS."""

import datetime
import importlib
import sys

library, secret, message, seconds = sys.argv[1:]
module = {"standardwebhooks": "standardwebhooks", "svix": "svix.webhooks"}[library]
sent_at = datetime.datetime.fromtimestamp(int(seconds), tz=datetime.timezone.utc)
print(importlib.import_module(module).Webhook(secret).sign(message, sent_at, sys.stdin.read()))
