"""Print events that just happened, for the running service: an account writes to twelve strangers.

python3 examples/service/events.py alice
"""

import json
import sys
import time

account = sys.argv[1] if len(sys.argv) > 1 else "alice"
now = int(time.time() * 1000)
for number in range(12):
    at = now - (12 - number) * 1000
    event = {"id": f"{account}-{at}", "time": at, "kind": "message_sent", "account": account}
    print(json.dumps(event | {"peer": f"stranger-{number}", "known": False}))
