"""The process: the writer and its recovery, clock, schedule, webhooks, credentials, access."""
