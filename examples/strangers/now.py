"""Print the events of this example as if the last of them had just happened: to try the running service with."""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

lines = [json.loads(line) for line in (Path(__file__).parent / "events.ndjson").read_text().splitlines()]
account = sys.argv[1] if len(sys.argv) > 1 else lines[0]["account"]
last = datetime.fromisoformat(lines[-1]["time"])
shift = datetime.fromtimestamp(time.time(), UTC) - last - timedelta(seconds=1)
for line in lines:
    at = datetime.fromisoformat(line["time"]) + shift
    moved = {"id": f"{account}-{line['id']}", "time": at.isoformat(timespec="milliseconds"), "account": account}
    print(json.dumps(line | moved))
